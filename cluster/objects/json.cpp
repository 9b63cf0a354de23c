// Paths into JSON values, and Go's way of printing them.
#include "cluster/objects/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace dsm::cluster {

const json::value* find_at(const json::value& root, JsonPath path) {
    const json::value* at = &root;
    for (auto name : path) {
        const auto* object = at->if_object();
        if (!object) return nullptr;
        at = object->if_contains(name);
        if (!at) return nullptr;
    }
    return at;
}

json::value* find_at(json::value& root, JsonPath path) {
    return const_cast<json::value*>(find_at(std::as_const(root), path));
}

std::string_view text_at(const json::value& root, JsonPath path) {
    const auto* found = find_at(root, path);
    if (!found || !found->is_string()) return {};
    return {found->get_string().data(), found->get_string().size()};
}

std::int64_t number_at(const json::value& root, JsonPath path, std::int64_t otherwise) {
    const auto* found = find_at(root, path);
    return found && found->is_int64() ? found->get_int64() : otherwise;
}

bool is_true_at(const json::value& root, JsonPath path) {
    const auto* found = find_at(root, path);
    return found && found->is_bool() && found->get_bool();
}

json::object& object_at(json::value& root, JsonPath path) {
    json::value* at = &root;
    if (!at->is_object()) at->emplace_object();
    for (auto name : path) {
        at = &at->get_object()[name];
        if (!at->is_object()) at->emplace_object();
    }
    return at->get_object();
}

const json::array& array_at(const json::value& root, JsonPath path) {
    static const json::array kNone;
    const auto* found = find_at(root, path);
    return found && found->is_array() ? found->get_array() : kNone;
}

void erase_at(json::value& root, JsonPath parent, std::string_view member) {
    auto* found = find_at(root, parent);
    if (found && found->is_object()) found->get_object().erase(member);
}

std::string_view go_kind(const json::value& value) {
    if (value.is_object()) return "object";
    if (value.is_array()) return "array";
    if (value.is_string()) return "string";
    return value.is_bool() ? "bool" : "number";
}

std::string go_quote(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\a':
                out += "\\a";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\v':
                out += "\\v";
                break;
            default:
                if (byte < 0x20 || byte == 0x7f) {
                    out += fmt::format("\\x{:02x}", byte);
                } else {
                    out += c;
                }
        }
    }
    return out + '"';
}

json::value sorted(const json::value& value) {
    if (const auto* object = value.if_object()) {
        std::vector<const json::key_value_pair*> members;
        for (const auto& member : *object) members.push_back(&member);
        std::ranges::sort(members, {}, [](const auto* member) { return member->key(); });
        json::object out;
        for (const auto* member : members) out.emplace(member->key(), sorted(member->value()));
        return out;
    }
    if (const auto* array = value.if_array()) {
        json::array out;
        for (const auto& element : *array) out.push_back(sorted(element));
        return out;
    }
    return value;
}

}  // namespace dsm::cluster

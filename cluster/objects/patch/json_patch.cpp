// RFC 6902 with the leniencies of the real server's library.
#include <fmt/format.h>

#include <charconv>

#include "cluster/objects/decode.hpp"
#include "cluster/objects/patch.hpp"

namespace dsm::cluster {
namespace {

constexpr std::size_t kMaxOperations = 10'000;
constexpr std::size_t kMaxResultBytes = 8 * 1024 * 1024;  // `copy` can double what there is

/// The reference tokens of a JSON pointer; nullopt if it is none.
std::optional<std::vector<std::string>> tokens_of(std::string_view pointer) {
    std::vector<std::string> tokens;
    if (pointer.empty()) return tokens;
    if (pointer[0] != '/') return std::nullopt;
    for (char c : pointer) {
        if (c == '/') {
            tokens.emplace_back();
        } else {
            tokens.back() += c;
        }
    }
    for (auto& token : tokens) {
        for (std::size_t at = 0; (at = token.find('~', at)) != std::string::npos; ++at) {
            const char escaped = at + 1 < token.size() ? token[at + 1] : ' ';
            if (escaped == '0' || escaped == '1') token.replace(at, 2, escaped == '0' ? "~" : "/");
        }
    }
    return tokens;
}

std::optional<std::size_t> index_of(std::string_view token, std::size_t size, bool adding) {
    if (token == "-" && adding) return size;
    std::int64_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    if (error != std::errc{} || end != token.data() + token.size()) return std::nullopt;
    if (index < 0) index += static_cast<std::int64_t>(size);  // counted from the end
    const auto limit = static_cast<std::int64_t>(size) + (adding ? 1 : 0);
    if (index < 0 || index >= limit) return std::nullopt;
    return static_cast<std::size_t>(index);
}

class Document {
public:
    explicit Document(json::value root) : root_(std::move(root)) {}

    json::value take() { return std::move(root_); }

    json::value* find(const std::vector<std::string>& path) { return walk(path, path.size()); }

    bool add(const std::vector<std::string>& path, json::value value) {
        if (path.empty()) {
            root_ = std::move(value);
            return true;
        }
        auto* parent = walk(path, path.size() - 1);
        if (!parent) return false;
        if (auto* object = parent->if_object()) {
            (*object)[path.back()] = std::move(value);
            return true;
        }
        auto* array = parent->if_array();
        if (!array) return false;
        const auto index = index_of(path.back(), array->size(), true);
        if (!index) return false;
        array->insert(array->begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
        return true;
    }

    bool replace(const std::vector<std::string>& path, json::value value) {
        if (path.empty()) return add(path, std::move(value));
        auto* parent = walk(path, path.size() - 1);
        if (!parent) return false;
        if (parent->is_object()) return add(path, std::move(value));
        auto* found = find(path);
        if (!found) return false;
        *found = std::move(value);
        return true;
    }

    bool remove(const std::vector<std::string>& path) {
        if (path.empty()) return false;
        auto* parent = walk(path, path.size() - 1);
        if (!parent) return false;
        if (auto* object = parent->if_object()) return object->erase(path.back()) == 1;
        auto* array = parent->if_array();
        if (!array) return false;
        const auto index = index_of(path.back(), array->size(), false);
        if (!index) return false;
        array->erase(array->begin() + static_cast<std::ptrdiff_t>(*index));
        return true;
    }

private:
    json::value* walk(const std::vector<std::string>& path, std::size_t steps) {
        json::value* at = &root_;
        for (std::size_t i = 0; i < steps && at; ++i) {
            if (auto* object = at->if_object()) {
                at = object->if_contains(path[i]);
            } else if (auto* array = at->if_array()) {
                const auto index = index_of(path[i], array->size(), false);
                at = index ? &(*array)[*index] : nullptr;
            } else {
                return nullptr;
            }
        }
        return at;
    }

    json::value root_;
};

/// A rough count of what a value would need as text.
std::size_t weight_of(const json::value& value) {
    std::size_t weight = 8;
    if (value.is_string()) weight += value.get_string().size();
    if (const auto* array = value.if_array()) {
        for (const auto& each : *array) weight += weight_of(each);
    }
    if (const auto* object = value.if_object()) {
        for (const auto& [key, each] : *object) weight += key.size() + weight_of(each);
    }
    return weight;
}

bool starts_with(const std::vector<std::string>& path, const std::vector<std::string>& head) {
    return path.size() > head.size() && std::equal(head.begin(), head.end(), path.begin());
}

class Operation {
public:
    /// nullopt: the operation lacks what it needs.
    static std::optional<Operation> read(const json::value& value) {
        Operation operation;
        operation.name_ = text_at(value, {"op"});
        const auto* path = find_at(value, {"path"});
        if (!path || !path->is_string()) return std::nullopt;
        auto tokens = tokens_of(text_at(value, {"path"}));
        if (!tokens) return std::nullopt;
        operation.path_ = std::move(*tokens);
        if (const auto* given = find_at(value, {"value"})) operation.value_ = *given;
        const bool has_from = operation.name_ == "move" || operation.name_ == "copy";
        if (has_from) {
            auto from = tokens_of(text_at(value, {"from"}));
            if (!from || !find_at(value, {"from"})) return std::nullopt;
            operation.from_ = std::move(*from);
        }
        return operation;
    }

    bool apply(Document& document, std::size_t& copied) const {
        if (name_ == "add") return document.add(path_, value_);
        if (name_ == "remove") return document.remove(path_);
        if (name_ == "replace") return document.replace(path_, value_);
        if (name_ == "test") {
            const auto* found = document.find(path_);
            return found ? *found == value_ : value_.is_null();
        }
        if (name_ != "move" && name_ != "copy") return false;
        const auto* source = document.find(from_);
        if (!source || (name_ == "move" && starts_with(path_, from_))) return false;
        json::value value = *source;
        if (name_ == "move" && !document.remove(from_)) return false;
        if (name_ == "copy") copied += weight_of(value);
        return copied <= kMaxResultBytes && document.add(path_, std::move(value));
    }

private:
    std::string name_;
    std::vector<std::string> path_;
    std::vector<std::string> from_;
    json::value value_;
};

}  // namespace

ApiResult<json::value> apply_json_patch(const json::value& document, std::string_view body) {
    const auto parsed = parse_json(body);
    if (!parsed) return std::unexpected(bad_request("error decoding patch: " + parsed.error()));
    const auto* operations = parsed->if_array();
    if (!operations) {
        return std::unexpected(bad_request(
            fmt::format("error decoding patch: json: cannot unmarshal {} into Go value of type "
                        "[]handlers.jsonPatchOp",
                        go_kind(*parsed))));
    }
    if (operations->size() > kMaxOperations) {
        return std::unexpected(entity_too_large(
            fmt::format("The allowed maximum operations in a JSON patch is {}, got {}",
                        kMaxOperations, operations->size())));
    }
    Document result(document);
    std::size_t copied = 0;
    for (const auto& each : *operations) {
        if (!each.is_object()) {
            return std::unexpected(
                bad_request(fmt::format("error decoding patch: json: cannot unmarshal {} into Go "
                                        "value of type handlers.jsonPatchOp",
                                        go_kind(each))));
        }
        const auto operation = Operation::read(each);
        if (!operation || !operation->apply(result, copied)) return std::unexpected(rejected());
    }
    return result.take();
}

}  // namespace dsm::cluster

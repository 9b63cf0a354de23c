// Set operations node by node, and both spellings of paths.
#include "cluster/objects/apply/field_set.hpp"

#include <fmt/format.h>

namespace dsm::cluster {
namespace {

constexpr int kMaxDepth = 200;

void prune(FieldSet& set) {
    std::erase_if(set.children, [](const auto& child) { return child.second.empty(); });
}

void collect(const FieldSet& set, FieldPath& path, std::vector<FieldPath>& out) {
    if (set.member) out.push_back(path);
    for (const auto& [element, child] : set.children) {
        path.push_back(element);
        collect(child, path, out);
        path.pop_back();
    }
}

FieldSet read(const json::value& fields, int depth) {
    FieldSet set;
    const auto* object = fields.if_object();
    if (!object || depth > kMaxDepth) return set;
    for (const auto& [name, value] : *object) {
        if (name == ".") {
            set.member = true;
            continue;
        }
        auto child = read(value, depth + 1);
        // an empty object is a member without children
        if (value.is_object() && value.get_object().empty()) child.member = true;
        set.children.emplace(name, std::move(child));
    }
    return set;
}

}  // namespace

void FieldSet::insert(const FieldPath& path) {
    FieldSet* at = this;
    for (const auto& element : path) at = &at->children[element];
    at->member = true;
}

std::vector<FieldPath> FieldSet::paths() const {
    std::vector<FieldPath> out;
    FieldPath path;
    collect(*this, path, out);
    return out;
}

FieldSet unite(FieldSet a, const FieldSet& b) {
    a.member = a.member || b.member;
    for (const auto& [element, child] : b.children) {
        a.children[element] = unite(std::move(a.children[element]), child);
    }
    return a;
}

FieldSet subtract(const FieldSet& a, const FieldSet& b) {
    FieldSet out = a;
    out.member = a.member && !b.member;
    for (auto& [element, child] : out.children) {
        const auto found = b.children.find(element);
        if (found != b.children.end()) child = subtract(child, found->second);
    }
    prune(out);
    return out;
}

FieldSet intersect(const FieldSet& a, const FieldSet& b) {
    FieldSet out;
    out.member = a.member && b.member;
    for (const auto& [element, child] : a.children) {
        const auto found = b.children.find(element);
        if (found != b.children.end()) out.children[element] = intersect(child, found->second);
    }
    prune(out);
    return out;
}

FieldSet without_subtrees(FieldSet set, const FieldSet& removed) {
    for (const auto& [element, child] : removed.children) {
        const auto found = set.children.find(element);
        if (found == set.children.end()) continue;
        if (child.member) {
            set.children.erase(found);
        } else {
            found->second = without_subtrees(std::move(found->second), child);
        }
    }
    prune(set);
    return set;
}

json::value to_fields_v1(const FieldSet& set) {
    json::object out;
    if (set.member && !set.children.empty()) out["."] = json::object{};
    for (const auto& [element, child] : set.children) out[element] = to_fields_v1(child);
    return out;
}

FieldSet from_fields_v1(const json::value& fields) {
    auto set = read(fields, 0);
    set.member = false;
    return set;
}

std::string to_string(const FieldPath& path) {
    std::string out;
    for (const auto& element : path) {
        const auto rest = element.size() > 2 ? element.substr(2) : std::string();
        if (element.starts_with("f:")) {
            out += "." + rest;
            continue;
        }
        if (!element.starts_with("k:")) {
            out += fmt::format("[={}]", rest);
            continue;
        }
        json::error_code error;
        const auto keys = json::parse(rest, error);
        std::string inside;
        if (!error && keys.is_object()) {
            for (const auto& [name, value] : keys.get_object()) {
                inside += fmt::format("{}{}={}", inside.empty() ? "" : ",", std::string_view(name),
                                      json::serialize(value));
            }
        }
        out += fmt::format("[{}]", inside);
    }
    return out;
}

}  // namespace dsm::cluster

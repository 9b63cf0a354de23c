// The walks of structured merge, after the real library (structured-merge-diff v6).
#include "cluster/objects/apply/typed_ops.hpp"

#include <fmt/format.h>

#include <set>

namespace dsm::cluster {
namespace {

using Kind = Shape::Kind;

/// A list's elements by path element; those without a usable key are left out.
struct Keyed {
    std::vector<std::string> order;
    std::map<std::string, const json::value*> by_key;
};

Keyed keyed(const Shape& shape, const json::value* list) {
    Keyed out;
    if (!list || !list->is_array()) return out;
    const auto& elements = list->get_array();
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const auto key = shape.key_of(elements[i], i);
        if (!key) continue;
        if (out.by_key.emplace(*key, &elements[i]).second) out.order.push_back(*key);
    }
    return out;
}

bool is_empty(const json::value* value) {
    if (!value || value->is_null()) return true;
    if (const auto* object = value->if_object()) return object->empty();
    if (const auto* array = value->if_array()) return array->empty();
    return false;
}

const json::value* member_of(const json::value* value, std::string_view name) {
    const auto* object = value ? value->if_object() : nullptr;
    return object ? object->if_contains(name) : nullptr;
}

void check(const Shape& shape, const json::value& value, const std::string& path,
           std::vector<std::string>& errors) {
    if (auto error = shape.type_error(value); !error.empty()) {
        errors.push_back(fmt::format("{}: {}", path, error));
        return;
    }
    if (const auto* object = value.if_object(); object && shape.kind() != Kind::kLeaf) {
        for (const auto& [name, member] : *object) {
            const auto at = fmt::format("{}.{}", path, std::string_view(name));
            if (shape.kind() == Kind::kStruct && !shape.declares(name)) {
                errors.push_back(at + ": field not declared in schema");
            } else {
                check(shape.member(name), member, at, errors);
            }
        }
    }
    const auto* array = value.if_array();
    if (!array || shape.kind() != Kind::kList) return;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < array->size(); ++i) {
        auto at = fmt::format("{}[{}]", path, i);
        if (!shape.atomic()) {
            const auto key = shape.key_of((*array)[i], i);
            if (!key) {
                errors.push_back(fmt::format("{}: {}", path, key.error()));
                continue;
            }
            at = path + to_string({*key});
            if (!seen.insert(*key).second) {
                errors.push_back(
                    fmt::format("{}: duplicate entries for key {}", path, to_string({*key})));
                continue;
            }
        }
        check(shape.element(), (*array)[i], at, errors);
    }
}

void list_fields(const Shape& shape, const json::value& value, FieldSet& set) {
    if (shape.atomic()) {
        set.member = true;
        return;
    }
    if (const auto* object = value.if_object(); object && shape.kind() != Kind::kList) {
        for (const auto& [name, member] : *object) {
            auto& child = set.children["f:" + std::string(name)];
            list_fields(shape.member(name), member, child);
            const bool bare =
                member.is_null() || (member.is_object() && member.get_object().empty());
            if (bare || !shape.declares(name)) child.member = true;
            if (child.empty()) set.children.erase("f:" + std::string(name));
        }
    } else if (value.is_array()) {
        const auto elements = keyed(shape, &value);
        for (const auto& key : elements.order) {
            auto& child = set.children[key];
            list_fields(shape.element(), *elements.by_key.at(key), child);
            child.member = true;
        }
    }
}

class Comparer {
public:
    Comparison out;

    void walk(const Shape& shape, const json::value* before, const json::value* after,
              const FieldPath& path) {
        const bool leaf = shape.atomic() || (is_empty(before) && is_empty(after));
        if (leaf) {
            if (!before) {
                out.added.insert(path);
            } else if (!after) {
                out.removed.insert(path);
            } else if (*before != *after) {
                out.modified.insert(path);
            }
            return;
        }
        if (shape.kind() == Kind::kList) {
            elements(shape, before, after, path);
        } else {
            members(shape, before, after, path);
        }
        if (!before) out.added.insert(path);
        if (!after) out.removed.insert(path);
    }

private:
    void members(const Shape& shape, const json::value* before, const json::value* after,
                 const FieldPath& path) {
        std::set<std::string> names;
        for (const auto* side : {before, after}) {
            const auto* object = side ? side->if_object() : nullptr;
            if (!object) continue;
            for (const auto& [name, value] : *object) names.emplace(name);
        }
        for (const auto& name : names) {
            auto below = path;
            below.push_back("f:" + name);
            walk(shape.member(name), member_of(before, name), member_of(after, name), below);
        }
    }

    void elements(const Shape& shape, const json::value* before, const json::value* after,
                  const FieldPath& path) {
        const auto old = keyed(shape, before);
        const auto fresh = keyed(shape, after);
        std::set<std::string> keys(old.order.begin(), old.order.end());
        keys.insert(fresh.order.begin(), fresh.order.end());
        for (const auto& key : keys) {
            const auto left = old.by_key.find(key);
            const auto right = fresh.by_key.find(key);
            auto below = path;
            below.push_back(key);
            walk(shape.element(), left == old.by_key.end() ? nullptr : left->second,
                 right == fresh.by_key.end() ? nullptr : right->second, below);
        }
    }
};

/// Elements of both lists: each side's order is kept, shared ones are merged in the applied order.
json::value merge_lists(const Shape& shape, const json::value& live, const json::value& applied) {
    const auto left = keyed(shape, &live);
    const auto right = keyed(shape, &applied);
    std::vector<std::string> shared;
    for (const auto& key : right.order) {
        if (left.by_key.contains(key)) shared.push_back(key);
    }
    std::size_t next = 0;
    std::set<std::string> merged;
    json::array out;
    const auto put = [&](const std::string& key) {
        const auto old = left.by_key.find(key);
        const auto fresh = right.by_key.find(key);
        if (fresh == right.by_key.end()) {
            out.push_back(*old->second);
        } else if (old == left.by_key.end()) {
            out.push_back(*fresh->second);
        } else {
            out.push_back(merge(shape.element(), *old->second, *fresh->second));
        }
    };
    std::size_t l = 0;
    std::size_t r = 0;
    while (l < left.order.size() || r < right.order.size()) {
        const bool both = l < left.order.size() && r < right.order.size();
        if (both && left.order[l] == right.order[r]) {
            put(left.order[l++]);
            merged.insert(right.order[r++]);
            ++next;
            continue;
        }
        if (both && right.by_key.contains(left.order[l]) && next < shared.size() &&
            shared[next] != left.order[l]) {
            ++l;  // shared, but another one comes first
            continue;
        }
        if (l < left.order.size()) {
            if (!right.by_key.contains(left.order[l])) {
                put(left.order[l++]);
                continue;
            }
            if (merged.contains(left.order[l])) ++l;
        }
        if (r < right.order.size()) {
            const auto& key = right.order[r++];
            merged.insert(key);
            put(key);
            if (next < shared.size() && shared[next] == key) ++next;
        }
    }
    return out;
}

}  // namespace

std::vector<std::string> shape_errors(const Shape& shape, const json::value& value) {
    std::vector<std::string> errors;
    check(shape, value, "", errors);
    return errors;
}

FieldSet field_set_of(const Shape& shape, const json::value& value) {
    FieldSet set;
    list_fields(shape, value, set);
    return set;
}

Comparison compare(const Shape& shape, const json::value& before, const json::value& after) {
    Comparer comparer;
    comparer.walk(shape, &before, &after, {});
    return std::move(comparer.out);
}

json::value merge(const Shape& shape, const json::value& live, const json::value& applied) {
    if (shape.atomic() || live.kind() != applied.kind()) return applied;
    if (shape.kind() == Kind::kList) return merge_lists(shape, live, applied);
    const auto* fresh = applied.if_object();
    if (!fresh) return applied;
    json::value out = live;
    auto& target = out.get_object();
    for (const auto& [name, value] : *fresh) {
        auto* old = target.if_contains(name);
        if (old) {
            *old = merge(shape.member(name), *old, value);
        } else {
            target[name] = value;
        }
    }
    return out;
}

json::value remove_items(const Shape& shape, const json::value& value, const FieldSet& items) {
    if (shape.atomic() || items.children.empty()) return value;
    if (const auto* object = value.if_object()) {
        json::object out;
        for (const auto& [name, member] : *object) {
            const auto found = items.children.find("f:" + std::string(name));
            if (found == items.children.end()) {
                out[name] = member;
            } else if (!found->second.member) {
                out[name] = remove_items(shape.member(name), member, found->second);
            }
        }
        return out.empty() && !object->empty() ? json::value() : json::value(std::move(out));
    }
    const auto* array = value.if_array();
    if (!array || shape.kind() != Kind::kList) return value;
    json::array out;
    for (std::size_t i = 0; i < array->size(); ++i) {
        const auto key = shape.key_of((*array)[i], i);
        const auto found = key ? items.children.find(*key) : items.children.end();
        if (found == items.children.end()) {
            out.push_back((*array)[i]);
        } else if (!found->second.member) {
            out.push_back(remove_items(shape.element(), (*array)[i], found->second));
        }
    }
    return out.empty() && !array->empty() ? json::value() : json::value(std::move(out));
}

FieldSet with_named_fields(const Shape& shape, const FieldSet& set) {
    FieldSet out = set;
    for (auto& [element, child] : out.children) {
        if (element.starts_with("f:") && shape.kind() != Kind::kList) {
            const auto name = std::string_view(element).substr(2);
            const auto inner = shape.member(name);
            const bool named = shape.declares(name) && !child.children.empty();
            child = with_named_fields(inner, child);
            child.member = child.member || named;
        } else if (shape.kind() == Kind::kList) {
            child = with_named_fields(shape.element(), child);
        }
    }
    return out;
}

}  // namespace dsm::cluster

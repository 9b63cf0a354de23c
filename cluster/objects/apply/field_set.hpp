// A set of field paths, as managedFields write them: "f:spec", "k:{\"name\":\"c\"}", "v:\"x\"".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cluster/objects/json.hpp"

namespace dsm::cluster {

using FieldPath = std::vector<std::string>;  ///< path elements in their written form

/// A tree: a node is in the set if it is a member; its children are paths below it.
struct FieldSet {
    std::map<std::string, FieldSet> children;
    bool member = false;

    void insert(const FieldPath& path);
    bool empty() const { return !member && children.empty(); }
    /// All paths, in order.
    std::vector<FieldPath> paths() const;

    bool operator==(const FieldSet&) const = default;
};

FieldSet unite(FieldSet a, const FieldSet& b);
/// Paths of `a` that are not in `b`; what lies below a path of `b` stays.
FieldSet subtract(const FieldSet& a, const FieldSet& b);
FieldSet intersect(const FieldSet& a, const FieldSet& b);
/// Without the given paths and all below them.
FieldSet without_subtrees(FieldSet set, const FieldSet& removed);

/// FieldsV1.
json::value to_fields_v1(const FieldSet& set);
FieldSet from_fields_v1(const json::value& fields);

/// ".spec.containers[name=\"c\"].image", as conflicts name a field.
std::string to_string(const FieldPath& path);

}  // namespace dsm::cluster

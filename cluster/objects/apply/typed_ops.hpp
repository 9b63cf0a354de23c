// What structured merge does with typed values: list their fields, compare, merge, remove.
#pragma once

#include <expected>
#include <string>

#include "cluster/objects/apply/field_set.hpp"
#include "cluster/objects/apply/shape.hpp"

namespace dsm::cluster {

/// Empty if the value fits the shape; else all that does not, each with its path.
std::vector<std::string> shape_errors(const Shape& shape, const json::value& value);

/// The fields a configuration sets.
FieldSet field_set_of(const Shape& shape, const json::value& value);

struct Comparison {
    FieldSet added;
    FieldSet modified;
    FieldSet removed;
};
Comparison compare(const Shape& shape, const json::value& before, const json::value& after);

/// `applied` laid over `live`; lists keep an order that agrees with both as far as possible.
json::value merge(const Shape& shape, const json::value& live, const json::value& applied);

/// The value without the items in the set.
json::value remove_items(const Shape& shape, const json::value& value, const FieldSet& items);

/// The set with every declared field on the way to a member as a member too.
FieldSet with_named_fields(const Shape& shape, const FieldSet& set);

}  // namespace dsm::cluster

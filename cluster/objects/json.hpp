// Reading and writing Kubernetes objects as JSON values: paths into them, and what is missing.
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

namespace dsm::cluster {

namespace json = boost::json;
using JsonPath = std::initializer_list<std::string_view>;

/// The value at a path of member names, or null if a member is missing or not an object.
const json::value* find_at(const json::value& root, JsonPath path);
json::value* find_at(json::value& root, JsonPath path);

/// The text at a path; "" if there is none or it is not a string. Lives as long as `root`.
std::string_view text_at(const json::value& root, JsonPath path);

/// The number at a path; `otherwise` if there is none.
std::int64_t number_at(const json::value& root, JsonPath path, std::int64_t otherwise = 0);

/// True if the boolean at a path is true.
bool is_true_at(const json::value& root, JsonPath path);

/// The object at a path, made (also its parents) where it is missing or not an object.
json::object& object_at(json::value& root, JsonPath path);

/// The array at a path; an empty one if there is none. Lives as long as `root`.
const json::array& array_at(const json::value& root, JsonPath path);

/// Removes a member; nothing happens if it is not there.
void erase_at(json::value& root, JsonPath parent, std::string_view member);

/// What Go's decoder calls a value: "object", "array", "string", "bool", "number".
std::string_view go_kind(const json::value& value);

/// Go's %q: quoted, with control characters and quotes escaped.
std::string go_quote(std::string_view text);

/// The value with all members of all objects in the order of their names, as Go prints maps.
json::value sorted(const json::value& value);

}  // namespace dsm::cluster

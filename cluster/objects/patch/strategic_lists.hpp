// The order of a list after a strategic merge: what the patch names in the patch's order, the
// rest where it was, as far as both can be had.
#pragma once

#include <string>

#include "cluster/objects/json.hpp"

namespace dsm::cluster {

/// Whether two elements are the same one: by the merge key, or by value when `key` is "".
bool same_element(const json::value& a, const json::value& b, std::string_view key);

/// `merged` in its new order. `named` lists what the patch orders (elements or bare keys),
/// `before` is the list as it was.
json::array order_elements(const json::array& merged, const json::array& named,
                           const json::array& before, std::string_view key);

/// Go's %v: map[name:c value:[1 2]].
std::string go_print(const json::value& value);

}  // namespace dsm::cluster

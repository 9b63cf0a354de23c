// Kubernetes quantities ("500m", "1Gi", "0.5") in their canonical spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dsm::cluster {

/// The canonical spelling: 0.5 is 500m, 1024Mi is 1Gi, 1000m is 1. nullopt: no quantity.
/// A number beyond 18 digits is returned as it is.
std::optional<std::string> canonical_quantity(std::string_view text);

/// Whether one quantity is more than another; false if one of them is none.
bool is_more(std::string_view one, std::string_view other);

}  // namespace dsm::cluster

// The managedFields of an object: read, changed by a write, and written back in the real order.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "cluster/objects/apply/field_set.hpp"

namespace dsm::cluster {

/// Who owns fields. Two appliers of one name are one, whatever version they used.
struct FieldOwner {
    std::string manager;
    bool applied = false;
    std::string api_version;  ///< "" for appliers
    std::string subresource;

    auto operator<=>(const FieldOwner&) const = default;
    /// `"m"`, or `"m" using batch/v1`, as conflicts say it.
    std::string to_string() const;
};

struct Owned {
    FieldSet fields;
    std::string api_version;
    std::string time;  ///< RFC 3339; "" if unknown
};

using Owners = std::map<FieldOwner, Owned>;

Owners read_owners(const json::value& object);
/// Replaces metadata.managedFields; removes it if there is no manager.
void write_owners(const Owners& owners, json::value& object);

/// Merges the oldest of more than ten updaters into "ancient-changes".
void cap_updaters(Owners& owners);

}  // namespace dsm::cluster

// The columns of each kind and how one object fills them.
#pragma once

#include <span>
#include <string_view>

#include "cluster/objects/json.hpp"
#include "cluster/objects/resource.hpp"
#include "libs/base/time.hpp"

namespace dsm::cluster {

struct Column {
    std::string_view name;
    std::string_view type;
    std::string_view format;
    int priority = 0;  ///< 1: shown with -o wide only
    std::string_view description;
};

/// The columns of a resource; Name and Created At for those without columns of their own.
std::span<const Column> columns_of(const ResourceType& type);

/// One cell a column. Ages count to `now`.
json::array cells_of(const ResourceType& type, const json::value& object, Instant now);

}  // namespace dsm::cluster

// What a request's path and method mean: a resource and a verb, or another page. Pure.
#pragma once

#include <string>
#include <vector>

#include "cluster/objects/status.hpp"
#include "libs/http/message.hpp"

namespace dsm::cluster {

struct Target {
    const ResourceType* type = nullptr;  ///< null: no resource; `path` says what
    std::string path;                    ///< without the query, as authorization names it
    std::vector<std::string> segments;   ///< of the path, without a trailing empty one
    std::string verb;        ///< "get", "list", "watch", "create", …; "get" of "/version"
    std::string name_space;  ///< "" for all, or cluster scope
    std::string name;        ///< "" for the collection
    std::string subresource;
    /// The resource's text even when there is no such type, for 403 before 404.
    std::string group;
    std::string resource;
    bool is_resource_path = false;

    bool collection() const { return name.empty(); }
};

/// Never fails: an unknown resource has no `type`.
Target parse_target(const http::Request& request);

/// Whether a flag parameter is set: any value but "0" and "false" counts, even none.
bool is_set(const http::Query& query, std::string_view name);

}  // namespace dsm::cluster

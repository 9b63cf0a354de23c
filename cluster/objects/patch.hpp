// The three patches that need no owner: JSON patch, merge patch, strategic merge patch. Pure.
// The result is unchecked: decode_patched says whether it still is an object of the type.
#pragma once

#include <string_view>

#include "cluster/objects/status.hpp"

namespace dsm::cluster {

/// RFC 6902. 400 for a body that is no patch, 413 beyond 10000 operations, 422 if one fails.
/// `replace` of a missing member adds it, as the real server's library does.
ApiResult<json::value> apply_json_patch(const json::value& document, std::string_view body);

/// RFC 7386.
ApiResult<json::value> apply_merge_patch(const json::value& document, std::string_view body);

/// Strategic merge with the type's merge keys and the `$…` directives; errors are 500 as there.
/// The body may be JSON only. Elements without $setElementOrder go to the front.
ApiResult<json::value> apply_strategic_patch(const ResourceType& type, const json::value& document,
                                             std::string_view body);

}  // namespace dsm::cluster

// What the API says about itself: discovery in both forms, the version, OpenAPI. All constant.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/objects/json.hpp"

namespace dsm::cluster {

/// APIGroupDiscoveryList v2 of /api (core alone) or /apis (everything else).
enum class DiscoveryRoot { kApi, kApis };
json::value aggregated_discovery(DiscoveryRoot root);
/// The Content-Type clients need to see to accept it.
std::string_view aggregated_discovery_content_type();

json::value legacy_api_versions(std::string_view server_address);  ///< /api
json::value legacy_group_list();                                   ///< /apis
std::optional<json::value> legacy_group(std::string_view group);   ///< /apis/batch
/// /apis/batch/v1 or /api/v1 (group ""); nullopt: no such group and version.
std::optional<json::value> legacy_resource_list(std::string_view group, std::string_view version);

/// /version.
json::value version_document();

/// /openapi/v3.
json::value openapi_v3_root();
/// /openapi/v3/<path>, path "apis/batch/v1" or "api/v1"; nullopt: none.
std::optional<json::value> openapi_v3_document(std::string_view path);
/// The hash openapi_v3_root gives for a path; "" if there is no such document.
std::string openapi_v3_hash(std::string_view path);

/// A strong entity tag of a body, in quotes.
std::string entity_tag(std::string_view body);

}  // namespace dsm::cluster

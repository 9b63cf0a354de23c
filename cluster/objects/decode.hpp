// Request bodies to typed objects: JSON, YAML or protobuf in, the canonical JSON value out.
// Canonical means what a real server stores: known fields only, right types, nothing empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/objects/status.hpp"

namespace dsm::cluster {

enum class BodyFormat { kJson, kYaml, kProtobuf };

/// What happens to unknown and duplicate fields. The server's default is kWarn.
enum class FieldValidation { kIgnore, kWarn, kStrict };

/// nullopt: not one of "", "Ignore", "Warn", "Strict".
std::optional<FieldValidation> field_validation_of(std::string_view text);

struct Decoded {
    json::value object;                 ///< with apiVersion and kind
    std::vector<std::string> warnings;  ///< texts for Warning headers
};

/// Decodes the body of a create or an update. A body may lack apiVersion and kind; another kind or
/// version is a 400, as are wrong types, broken text and (kStrict) unknown or duplicate fields.
ApiResult<Decoded> decode_body(const ResourceType& type, std::string_view body, BodyFormat format,
                               FieldValidation validation);

/// Checks and canonicalises what a patch left: 422 on field `patch` if it is no such object.
ApiResult<Decoded> decode_patched(const ResourceType& type, const json::value& patched,
                                  FieldValidation validation);

/// DeleteOptions of a request's body; null for an empty body. 500 if broken, as the real server.
ApiResult<json::value> decode_delete_options(std::string_view body, BodyFormat format);

/// The JSON or YAML text of an apply patch as a plain value, unchecked.
ApiResult<json::value> parse_apply_body(std::string_view body);

/// Canonical form of an object that is already of the type (from the store, from our own code).
json::value canonical(const ResourceType& type, const json::value& object);

/// JSON text to a value: at most 1000 levels deep, 64-bit integers kept. Lists duplicate members
/// by path in `duplicates` when it is given. The error is Go's text as far as it is known.
std::expected<json::value, std::string> parse_json(std::string_view text,
                                                   std::vector<std::string>* duplicates = nullptr);

/// YAML text (YAML 1.1 scalars as Kubernetes reads them) to a value.
std::expected<json::value, std::string> parse_yaml(std::string_view text,
                                                   std::vector<std::string>* duplicates = nullptr);

}  // namespace dsm::cluster

// The protobuf request bodies of kubectl 1.32 and later: `k8s\0` envelope to a JSON value.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "cluster/objects/json.hpp"

namespace dsm::cluster {

/// The object inside an envelope, with the apiVersion and kind of the envelope. Go encoders emit
/// zero scalars of value fields, so those count as absent. The error is a sentence.
std::expected<json::value, std::string> decode_protobuf(std::string_view bytes);

}  // namespace dsm::cluster

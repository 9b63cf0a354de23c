// The embedded data files of cluster/objects/data, as text.
#pragma once

#include <string_view>

namespace dsm::cluster {

extern const std::string_view kProtoFieldsJson;  ///< messages, field numbers, types
extern const std::string_view kMergeKeysJson;    ///< how lists merge

}  // namespace dsm::cluster

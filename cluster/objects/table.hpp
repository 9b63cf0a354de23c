// How kubectl shows objects: Tables, partial objects and ages. The columns are the server's.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "cluster/objects/json.hpp"
#include "cluster/objects/resource.hpp"
#include "libs/base/time.hpp"

namespace dsm::cluster {

enum class IncludeObject { kMetadata, kObject, kNone };

/// nullopt: not one of "", "Metadata", "Object", "None".
std::optional<IncludeObject> include_object_of(std::string_view text);

struct TableOptions {
    Instant now{};  ///< ages count to here
    IncludeObject include = IncludeObject::kMetadata;
    bool with_columns = true;  ///< false: later events of a watch carry null columnDefinitions
};

/// A Table of objects; `list_meta` is its metadata ({"resourceVersion": …}).
json::value render_table(const ResourceType& type, std::span<const json::value> objects,
                         json::object list_meta, const TableOptions& options);

/// kind PartialObjectMetadata with the object's metadata alone.
json::value partial_object(const json::value& object);
/// kind PartialObjectMetadataList.
json::value partial_object_list(std::span<const json::value> objects, json::object list_meta);

/// kubectl's age: "12s", "2m30s", "5h2m", "3d". Negative beyond a second: "<invalid>".
std::string human_duration(std::chrono::microseconds duration);

}  // namespace dsm::cluster

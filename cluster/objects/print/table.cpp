// Tables and partial objects.
#include "cluster/objects/table.hpp"

#include "cluster/objects/print/columns.hpp"

namespace dsm::cluster {
namespace {

json::array column_definitions(const ResourceType& type) {
    json::array out;
    for (const auto& column : columns_of(type)) {
        out.push_back(json::object{{"name", column.name},
                                   {"type", column.type},
                                   {"format", column.format},
                                   {"description", column.description},
                                   {"priority", column.priority}});
    }
    return out;
}

}  // namespace

std::optional<IncludeObject> include_object_of(std::string_view text) {
    if (text.empty() || text == "Metadata") return IncludeObject::kMetadata;
    if (text == "Object") return IncludeObject::kObject;
    if (text == "None") return IncludeObject::kNone;
    return std::nullopt;
}

json::value render_table(const ResourceType& type, std::span<const json::value> objects,
                         json::object list_meta, const TableOptions& options) {
    json::array rows;
    for (const auto& object : objects) {
        json::value shown;
        if (options.include == IncludeObject::kObject) shown = object;
        if (options.include == IncludeObject::kMetadata) shown = partial_object(object);
        rows.push_back(json::object{{"cells", cells_of(type, object, options.now)},
                                    {"object", std::move(shown)}});
    }
    json::value columns;
    if (options.with_columns) columns = column_definitions(type);
    return json::object{{"kind", "Table"},
                        {"apiVersion", "meta.k8s.io/v1"},
                        {"metadata", std::move(list_meta)},
                        {"columnDefinitions", std::move(columns)},
                        {"rows", std::move(rows)}};
}

json::value partial_object(const json::value& object) {
    const auto* metadata = find_at(object, {"metadata"});
    return json::object{{"kind", "PartialObjectMetadata"},
                        {"apiVersion", "meta.k8s.io/v1"},
                        {"metadata", metadata ? *metadata : json::value(json::object{})}};
}

json::value partial_object_list(std::span<const json::value> objects, json::object list_meta) {
    json::value items;  // null when there are none, as Go writes a slice that nobody appended to
    for (const auto& object : objects) {
        if (items.is_null()) items.emplace_array();
        items.get_array().push_back(partial_object(object));
    }
    return json::object{{"kind", "PartialObjectMetadataList"},
                        {"apiVersion", "meta.k8s.io/v1"},
                        {"metadata", std::move(list_meta)},
                        {"items", std::move(items)}};
}

}  // namespace dsm::cluster

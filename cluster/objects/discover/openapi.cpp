// The OpenAPI documents kubectl asks for: which kinds can be patched and validated by the server,
// and the schemas `kubectl explain` shows. PATCH has no request body on purpose: kubectl then
// builds its three-way patch from its own types.
#include <fmt/format.h>

#include <set>

#include "cluster/objects/discovery.hpp"
#include "cluster/objects/resource.hpp"
#include "cluster/objects/schema/schema.hpp"
#include "libs/base/digest.hpp"

namespace dsm::cluster {
namespace {

std::string path_of(const ResourceType& type) {
    return type.group.empty() ? fmt::format("api/{}", type.version)
                              : fmt::format("apis/{}/{}", type.group, type.version);
}

json::object group_version_kind(const ResourceType& type) {
    return {{"group", type.group}, {"kind", type.kind}, {"version", type.version}};
}

json::object query_parameter(std::string_view name, std::string_view kind) {
    return {{"name", name},
            {"in", "query"},
            {"schema", json::object{{"type", kind}, {"uniqueItems", true}}}};
}

json::object operation(const ResourceType& type, std::string_view action) {
    return {{"x-kubernetes-action", action},
            {"x-kubernetes-group-version-kind", group_version_kind(type)},
            {"parameters", json::array{query_parameter("dryRun", "string"),
                                       query_parameter("fieldManager", "string"),
                                       query_parameter("fieldValidation", "string")}},
            {"responses", json::object{{"200", json::object{{"description", "OK"}}}}}};
}

void add_paths(const ResourceType& type, json::object& paths) {
    const auto collection = fmt::format(
        "/{}{}/{}", path_of(type), type.namespaced ? "/namespaces/{namespace}" : "", type.plural);
    paths[collection] = json::object{{"post", operation(type, "post")}};
    if (!type.stored()) return;
    paths[collection + "/{name}"] = json::object{{"put", operation(type, "put")},
                                                 {"patch", operation(type, "patch")},
                                                 {"delete", operation(type, "delete")}};
}

std::string schema_name(const Message& message) {
    return "io.k8s.api." + message.name;
}

class Schemas {
public:
    json::object out;

    void add(const Message& message, const ResourceType* type) {
        if (!done_.insert(message.name).second) return;
        json::object properties;
        if (type) {
            properties["apiVersion"] = json::object{{"type", "string"}};
            properties["kind"] = json::object{{"type", "string"}};
        }
        for (const auto& [name, field] : message.by_name) properties[name] = property(*field);
        json::object schema{{"type", "object"},
                            {"description", message.go_name() + " of the Kubernetes API."},
                            {"properties", std::move(properties)}};
        if (type) {
            schema["x-kubernetes-group-version-kind"] = json::array{group_version_kind(*type)};
        }
        out[schema_name(message)] = std::move(schema);
    }

private:
    json::object property(const Field& field) {
        if (field.presence == Presence::kRep) {
            return {{"type", "array"}, {"description", ""}, {"items", element(field)}};
        }
        if (field.presence == Presence::kMap) {
            return {
                {"type", "object"}, {"description", ""}, {"additionalProperties", element(field)}};
        }
        return element(field);
    }

    json::object element(const Field& field) {
        switch (field.base) {
            case Base::kBool:
                return {{"type", "boolean"}};
            case Base::kInt32:
                return {{"type", "integer"}, {"format", "int32"}};
            case Base::kInt64:
                return {{"type", "integer"}, {"format", "int64"}};
            case Base::kTime:
            case Base::kMicroTime:
                return {{"type", "string"}, {"format", "date-time"}};
            case Base::kIntOrString:
                return {{"format", "int-or-string"},
                        {"oneOf", json::array{json::object{{"type", "integer"}},
                                              json::object{{"type", "string"}}}}};
            case Base::kRaw:
                return {{"type", "object"}};
            case Base::kStrings:
                return {{"type", "array"}, {"items", json::object{{"type", "string"}}}};
            case Base::kMessage:
                break;
            default:
                return {{"type", "string"}};
        }
        add(*field.message, nullptr);
        return {{"allOf", json::array{json::object{
                              {"$ref", "#/components/schemas/" + schema_name(*field.message)}}}}};
    }

    std::set<std::string> done_;
};

}  // namespace

std::optional<json::value> openapi_v3_document(std::string_view path) {
    json::object paths;
    Schemas schemas;
    for (const auto& type : registry()) {
        if (path_of(type) != path) continue;
        add_paths(type, paths);
        schemas.add(*find_message(type.message), &type);
    }
    if (paths.empty()) return std::nullopt;
    return json::value(
        json::object{{"openapi", "3.0.0"},
                     {"info", json::object{{"title", "Kubernetes"}, {"version", "v1.34.3"}}},
                     {"paths", std::move(paths)},
                     {"components", json::object{{"schemas", std::move(schemas.out)}}}});
}

std::string openapi_v3_hash(std::string_view path) {
    static const auto kHashes = [] {
        std::map<std::string, std::string, std::less<>> hashes;
        for (const auto& type : registry()) {
            auto& hash = hashes[path_of(type)];
            if (!hash.empty()) continue;
            hash = sha256_hex(json::serialize(*openapi_v3_document(path_of(type))));
        }
        return hashes;
    }();
    const auto found = kHashes.find(path);
    return found == kHashes.end() ? std::string() : found->second;
}

json::value openapi_v3_root() {
    json::object paths;
    for (const auto& type : registry()) {
        const auto path = path_of(type);
        paths[path] = json::object{{"serverRelativeURL", fmt::format("/openapi/v3/{}?hash={}", path,
                                                                     openapi_v3_hash(path))}};
    }
    return json::object{{"paths", std::move(paths)}};
}

}  // namespace dsm::cluster

// Discovery documents made from the registry.
#include "cluster/objects/discovery.hpp"

#include <fmt/format.h>

#include "cluster/objects/resource.hpp"
#include "libs/base/digest.hpp"

namespace dsm::cluster {
namespace {

json::array texts(const std::vector<std::string_view>& values) {
    json::array out;
    for (auto value : values) out.push_back(json::value(value));
    return out;
}

json::object response_kind(const ResourceType& type) {
    return {{"group", ""}, {"version", ""}, {"kind", type.kind}};
}

json::object aggregated_resource(const ResourceType& type) {
    json::object out{{"resource", type.plural},
                     {"responseKind", response_kind(type)},
                     {"scope", type.namespaced ? "Namespaced" : "Cluster"},
                     {"singularResource", type.singular},
                     {"verbs", texts(type.verbs)}};
    if (!type.short_names.empty()) out["shortNames"] = texts(type.short_names);
    if (!type.categories.empty()) out["categories"] = texts(type.categories);
    json::array subresources;
    for (const auto& each : type.subresources) {
        subresources.push_back(json::object{{"subresource", each.name},
                                            {"responseKind", response_kind(type)},
                                            {"verbs", texts(each.verbs)}});
    }
    if (!subresources.empty()) out["subresources"] = std::move(subresources);
    return out;
}

/// Groups in the registry's order, each once.
std::vector<std::pair<std::string_view, std::string_view>> group_versions() {
    std::vector<std::pair<std::string_view, std::string_view>> out;
    for (const auto& type : registry()) {
        const std::pair each{type.group, type.version};
        if (std::ranges::find(out, each) == out.end()) out.push_back(each);
    }
    return out;
}

std::string joined(std::string_view group, std::string_view version) {
    return group.empty() ? std::string(version) : fmt::format("{}/{}", group, version);
}

json::object legacy_group_object(std::string_view group, std::string_view version) {
    const json::object preferred{{"groupVersion", joined(group, version)}, {"version", version}};
    return {{"name", group}, {"versions", json::array{preferred}}, {"preferredVersion", preferred}};
}

json::object legacy_entry(const ResourceType& type, std::string_view subresource,
                          const std::vector<std::string_view>& verbs) {
    const auto name = subresource.empty() ? std::string(type.plural)
                                          : fmt::format("{}/{}", type.plural, subresource);
    json::object out{{"name", name},
                     {"singularName", subresource.empty() ? type.singular : ""},
                     {"namespaced", type.namespaced},
                     {"kind", type.kind},
                     {"verbs", texts(verbs)}};
    if (!subresource.empty()) return out;
    if (!type.short_names.empty()) out["shortNames"] = texts(type.short_names);
    if (!type.categories.empty()) out["categories"] = texts(type.categories);
    if (!type.storage_hash.empty()) out["storageVersionHash"] = type.storage_hash;
    return out;
}

}  // namespace

json::value aggregated_discovery(DiscoveryRoot root) {
    json::array items;
    for (const auto& [group, version] : group_versions()) {
        if (group.empty() != (root == DiscoveryRoot::kApi)) continue;
        json::array resources;
        for (const auto& type : registry()) {
            if (type.group == group) resources.push_back(aggregated_resource(type));
        }
        json::object metadata;
        if (!group.empty()) metadata["name"] = group;
        metadata["creationTimestamp"] = nullptr;
        items.push_back(
            json::object{{"metadata", std::move(metadata)},
                         {"versions", json::array{json::object{{"version", version},
                                                               {"resources", std::move(resources)},
                                                               {"freshness", "Current"}}}}});
    }
    return json::object{{"kind", "APIGroupDiscoveryList"},
                        {"apiVersion", "apidiscovery.k8s.io/v2"},
                        {"metadata", json::object{}},
                        {"items", std::move(items)}};
}

std::string_view aggregated_discovery_content_type() {
    return "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
}

json::value legacy_api_versions(std::string_view server_address) {
    return json::object{{"kind", "APIVersions"},
                        {"versions", json::array{"v1"}},
                        {"serverAddressByClientCIDRs",
                         json::array{json::object{{"clientCIDR", "0.0.0.0/0"},
                                                  {"serverAddress", server_address}}}}};
}

json::value legacy_group_list() {
    json::array groups;
    for (const auto& [group, version] : group_versions()) {
        if (!group.empty()) groups.push_back(legacy_group_object(group, version));
    }
    return json::object{
        {"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}};
}

std::optional<json::value> legacy_group(std::string_view wanted) {
    for (const auto& [group, version] : group_versions()) {
        if (group.empty() || group != wanted) continue;
        json::object out{{"kind", "APIGroup"}, {"apiVersion", "v1"}};
        for (auto& [name, value] : legacy_group_object(group, version)) out[name] = value;
        return json::value(std::move(out));
    }
    return std::nullopt;
}

std::optional<json::value> legacy_resource_list(std::string_view group, std::string_view version) {
    json::array resources;
    for (const auto& type : registry()) {
        if (type.group != group || type.version != version) continue;
        resources.push_back(legacy_entry(type, "", type.verbs));
        for (const auto& each : type.subresources) {
            resources.push_back(legacy_entry(type, each.name, each.verbs));
        }
    }
    if (resources.empty()) return std::nullopt;
    return json::value(json::object{{"kind", "APIResourceList"},
                                    {"apiVersion", "v1"},
                                    {"groupVersion", joined(group, version)},
                                    {"resources", std::move(resources)}});
}

json::value version_document() {
    return json::object{{"major", "1"},
                        {"minor", "34"},
                        {"emulationMajor", "1"},
                        {"emulationMinor", "34"},
                        {"minCompatibilityMajor", "1"},
                        {"minCompatibilityMinor", "33"},
                        {"gitVersion", "v1.34.3"},
                        {"gitCommit", "0000000000000000000000000000000000000000"},
                        {"gitTreeState", "clean"},
                        {"buildDate", "2025-12-09T00:00:00Z"},
                        {"goVersion", "none"},
                        {"compiler", "clang"},
                        {"platform", "linux/amd64"}};
}

std::string entity_tag(std::string_view body) {
    return fmt::format("\"{}\"", sha256_hex(body));
}

}  // namespace dsm::cluster

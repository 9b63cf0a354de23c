// managedFields entries to and from owners.
#include "cluster/objects/apply/owners.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dsm::cluster {
namespace {

constexpr std::size_t kMaxUpdaters = 10;

/// Appliers first, then by time to the second, name, version and subresource.
auto order_of(const Owners::value_type& entry) {
    const auto& [id, owned] = entry;
    return std::tie(owned.time, id.manager, owned.api_version, id.subresource);
}

}  // namespace

std::string FieldOwner::to_string() const {
    auto out = go_quote(manager);
    if (!subresource.empty()) out += fmt::format(" with subresource {}", go_quote(subresource));
    if (!applied) out += " using " + api_version;
    return out;
}

Owners read_owners(const json::value& object) {
    Owners owners;
    for (const auto& entry : array_at(object, {"metadata", "managedFields"})) {
        const std::string version(text_at(entry, {"apiVersion"}));
        FieldOwner id{.manager = std::string(text_at(entry, {"manager"})),
                      .applied = text_at(entry, {"operation"}) == "Apply",
                      .api_version = version,
                      .subresource = std::string(text_at(entry, {"subresource"}))};
        if (id.applied) id.api_version.clear();
        const auto* fields = find_at(entry, {"fieldsV1"});
        if (!fields) continue;
        owners[id] = {from_fields_v1(*fields), version, std::string(text_at(entry, {"time"}))};
    }
    return owners;
}

void write_owners(const Owners& owners, json::value& object) {
    std::vector<const Owners::value_type*> entries;
    for (const auto& entry : owners) {
        if (!entry.second.fields.empty()) entries.push_back(&entry);
    }
    std::ranges::sort(entries, [](const auto* a, const auto* b) {
        if (a->first.applied != b->first.applied) return a->first.applied;
        return order_of(*a) < order_of(*b);
    });
    json::array out;
    for (const auto* entry : entries) {
        const auto& [id, owned] = *entry;
        json::object fields{{"manager", id.manager},
                            {"operation", id.applied ? "Apply" : "Update"},
                            {"apiVersion", owned.api_version}};
        if (!owned.time.empty()) fields["time"] = owned.time;
        fields["fieldsType"] = "FieldsV1";
        fields["fieldsV1"] = to_fields_v1(owned.fields);
        if (!id.subresource.empty()) fields["subresource"] = id.subresource;
        out.push_back(std::move(fields));
    }
    auto& metadata = object_at(object, {"metadata"});
    if (out.empty()) {
        metadata.erase("managedFields");
    } else {
        metadata["managedFields"] = std::move(out);
    }
}

void cap_updaters(Owners& owners) {
    std::vector<std::pair<std::string, FieldOwner>> updaters;
    for (const auto& [id, owned] : owners) {
        if (!id.applied) updaters.emplace_back(owned.time, id);
    }
    if (updaters.size() <= kMaxUpdaters) return;
    std::ranges::sort(updaters);
    std::map<std::string, FieldOwner> first_of_version;
    auto count = updaters.size();
    for (const auto& [time, id] : updaters) {
        if (count <= kMaxUpdaters) return;
        const auto version = owners.at(id).api_version;
        const auto [first, is_first] = first_of_version.emplace(version, id);
        if (is_first) continue;
        const FieldOwner bucket{.manager = "ancient-changes", .api_version = version};
        if (!owners.contains(bucket)) {
            owners[bucket] = std::move(owners.at(first->second));
            owners.erase(first->second);
        }
        auto& target = owners.at(bucket);
        target.fields = unite(std::move(target.fields), owners.at(id).fields);
        target.time = time;
        if (id != bucket) owners.erase(id);
        --count;
    }
}

}  // namespace dsm::cluster

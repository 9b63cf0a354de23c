// Tracking of updates and server-side apply, on the operations of structured merge.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cluster/objects/apply/owners.hpp"
#include "cluster/objects/apply/typed_ops.hpp"
#include "cluster/objects/decode.hpp"
#include "cluster/objects/managed_fields.hpp"

namespace dsm::cluster {
namespace {

/// What nobody owns.
FieldSet unowned() {
    FieldSet set;
    set.insert({"f:apiVersion"});
    set.insert({"f:kind"});
    set.insert({"f:metadata"});
    for (const char* name : {"name", "namespace", "creationTimestamp", "selfLink", "uid",
                             "generation", "managedFields", "resourceVersion"}) {
        set.insert({"f:metadata", std::string("f:") + name});
    }
    return set;
}

/// What a write to this endpoint cannot change.
FieldSet reset_fields(const ResourceType& type, std::string_view subresource) {
    FieldSet set;
    if (!type.has_generation() && type.kind != "Namespace") return set;
    if (subresource == "status") {
        set.insert({"f:spec"});
    } else if (subresource.empty()) {
        set.insert({"f:status"});
    }
    return set;
}

/// What a Go value of the type is before anything is set, as the tracking compares with it.
json::value zero_object(const ResourceType& type) {
    auto object = canonical(type, json::object{});
    if (type.kind == "CronJob") {
        object_at(object, {"spec", "jobTemplate", "spec", "template", "spec"})["containers"] =
            nullptr;
    }
    if (type.kind == "Job") object_at(object, {"spec", "template", "spec"})["containers"] = nullptr;
    return object;
}

json::value without_managed(json::value object) {
    erase_at(object, {"metadata"}, "managedFields");
    return object;
}

struct Conflict {
    FieldOwner manager;
    FieldPath path;
};

/// Takes what changed from everyone but `writer`. Conflicts are what others would lose.
std::vector<Conflict> take_over(Owners& owners, const FieldOwner& writer,
                                const Comparison& changes) {
    std::vector<Conflict> conflicts;
    const auto changed = unite(changes.modified, changes.added);
    for (auto& [id, owned] : owners) {
        if (id == writer) continue;
        const auto lost = intersect(owned.fields, changed);
        for (const auto& path : lost.paths()) conflicts.push_back({id, path});
        owned.fields = subtract(owned.fields, lost);
        owned.fields = subtract(owned.fields, changes.removed);
    }
    std::erase_if(owners, [](const auto& each) { return each.second.fields.empty(); });
    return conflicts;
}

Comparison filtered(Comparison changes, const FieldSet& reset) {
    changes.added = without_subtrees(std::move(changes.added), reset);
    changes.modified = without_subtrees(std::move(changes.modified), reset);
    changes.removed = without_subtrees(std::move(changes.removed), reset);
    return changes;
}

/// Records an update from `before` to `after` by `id`.
void record_update(const ResourceType& type, const json::value& before, const json::value& after,
                   const FieldOwner& id, const std::string& time, const FieldSet& reset,
                   Owners& owners) {
    const auto shape = Shape::root(*find_message(type.message));
    const auto changes =
        filtered(compare(shape, without_managed(before), without_managed(after)), reset);
    take_over(owners, {}, changes);
    auto fields = unite(changes.modified, changes.added);
    fields = subtract(fields, unowned());
    if (fields.empty()) return;
    auto& owned = owners[id];
    owned.fields = unite(std::move(owned.fields), fields);
    owned.api_version = type.group_version();
    owned.time = time;
}

ApiError conflict_error(const std::vector<Conflict>& conflicts) {
    json::array causes;
    std::map<FieldOwner, std::vector<std::string>> by_manager;
    for (const auto& [manager, path] : conflicts) {
        causes.push_back(json::object{{"reason", "FieldManagerConflict"},
                                      {"message", "conflict with " + manager.to_string()},
                                      {"field", to_string(path)}});
        by_manager[manager].push_back("- " + to_string(path));
    }
    std::vector<std::string> parts;
    for (const auto& [manager, paths] : by_manager) {
        parts.push_back(
            fmt::format("conflicts with {}:\n{}", manager.to_string(), fmt::join(paths, "\n")));
    }
    auto message =
        fmt::format("Apply failed with {} conflicts: {}", conflicts.size(), fmt::join(parts, "\n"));
    if (conflicts.size() == 1) {
        message = fmt::format("Apply failed with 1 conflict: conflict with {}: {}",
                              conflicts[0].manager.to_string(), to_string(conflicts[0].path));
    }
    return {.code = 409,
            .reason = "Conflict",
            .message = std::move(message),
            .details = json::object{{"causes", std::move(causes)}}};
}

std::optional<ApiError> unacceptable(const ResourceType& type, const json::value* stored,
                                     const json::value& applied) {
    const auto api_version = text_at(applied, {"apiVersion"});
    const auto kind = text_at(applied, {"kind"});
    if (!applied.is_object() || api_version.empty() || kind.empty()) {
        return bad_request(fmt::format("invalid object type: {}, Kind={}",
                                       api_version.empty() ? "/" : api_version, kind));
    }
    if (api_version != type.group_version() || kind != type.kind) {
        return bad_request(fmt::format("invalid object type: {}, Kind={}", api_version, kind));
    }
    if (!array_at(applied, {"metadata", "managedFields"}).empty()) {
        return bad_request("metadata.managedFields must be nil");
    }
    const auto name = text_at(applied, {"metadata", "name"});
    const auto uid = text_at(applied, {"metadata", "uid"});
    if (!stored && !uid.empty()) {
        return conflict(type, name,
                        fmt::format("uid mismatch: the provided object specified uid {}, and no "
                                    "existing object was found",
                                    uid));
    }
    const auto shape = Shape::root(*find_message(type.message));
    const auto errors = shape_errors(shape, applied);
    if (errors.empty()) return std::nullopt;
    const auto text = errors.size() == 1 ? errors.front()
                                         : fmt::format("errors:\n  {}", fmt::join(errors, "\n  "));
    return server_error(fmt::format("failed to create typed patch object ({}/{}; {}, Kind={}): {}",
                                    text_at(applied, {"metadata", "namespace"}), name, api_version,
                                    kind, text));
}

/// Removes what this applier set last time and no longer does, unless somebody owns it.
json::value prune(const Shape& shape, const json::value& merged, const Owners& owners,
                  const FieldSet& last) {
    if (last.empty()) return merged;
    auto pruned = remove_items(shape, merged, with_named_fields(shape, last));
    FieldSet owned;
    for (const auto& [id, each] : owners) owned = unite(std::move(owned), each.fields);
    const auto all = with_named_fields(shape, field_set_of(shape, merged));
    const auto kept = unite(with_named_fields(shape, field_set_of(shape, pruned)),
                            with_named_fields(shape, owned));
    pruned = remove_items(shape, merged, subtract(all, kept));
    const auto left = with_named_fields(shape, field_set_of(shape, pruned));
    return remove_items(shape, merged,
                        intersect(subtract(all, left), with_named_fields(shape, last)));
}

/// What `kubectl apply` set and nobody changed since: its server-side self may take that over.
FieldSet taken_from_last_applied(const Shape& shape, const json::value& live) {
    const auto text = text_at(
        live, {"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"});
    const auto last = parse_json(text);
    if (!last || !last->is_object()) return {};
    const auto changes = compare(shape, *last, live);
    auto set = subtract(field_set_of(shape, *last), changes.modified);
    return subtract(subtract(set, changes.added), changes.removed);
}

/// Conflicts that count: none of an applier that forces, fewer of kubectl.
std::vector<Conflict> real_conflicts(std::vector<Conflict> conflicts, const Shape& shape,
                                     const json::value& live, const Writer& writer, Force force) {
    if (force == Force::kYes) return {};
    if (conflicts.empty() || writer.manager != "kubectl") return conflicts;
    const auto allowed = taken_from_last_applied(shape, live);
    std::erase_if(conflicts, [&](const Conflict& each) {
        FieldSet one;
        one.insert(each.path);
        return subtract(one, allowed).empty();
    });
    return conflicts;
}

bool ends_tracking(const json::value& object) {
    const auto& entries = array_at(object, {"metadata", "managedFields"});
    return entries.size() == 1 && entries[0].is_object() && entries[0].get_object().empty();
}

}  // namespace

void track_update(const ResourceType& type, const json::value* stored, json::value& object,
                  const Writer& writer) {
    Owners owners;
    if (writer.subresource.empty() && !ends_tracking(object)) owners = read_owners(object);
    if (owners.empty() && stored && !ends_tracking(object)) owners = read_owners(*stored);
    const bool tracked = !owners.empty();
    // What was written through the other API of events can't be compared with this one's fields.
    std::erase_if(
        owners, [&](const auto& each) { return each.second.api_version != type.group_version(); });
    if (!tracked && stored) {  // not tracked, or no longer
        write_owners(owners, object);
        return;
    }
    const FieldOwner id{.manager = writer.manager,
                        .api_version = type.group_version(),
                        .subresource = writer.subresource};
    record_update(type, stored ? *stored : zero_object(type), object, id,
                  format_rfc3339(writer.now), reset_fields(type, writer.subresource), owners);
    cap_updaters(owners);
    write_owners(owners, object);
}

ApiResult<json::value> server_side_apply(const ResourceType& type, const json::value* stored,
                                         const json::value& applied, const Writer& writer,
                                         Force force) {
    if (auto error = unacceptable(type, stored, applied)) return std::unexpected(std::move(*error));
    const auto shape = Shape::root(*find_message(type.message));
    const auto reset = reset_fields(type, writer.subresource);
    const auto live = stored ? without_managed(*stored) : zero_object(type);
    Owners owners;
    if (stored) owners = read_owners(*stored);
    if (stored && owners.empty()) {
        const FieldOwner before{.manager = "before-first-apply",
                                .api_version = type.group_version()};
        record_update(type, zero_object(type), live, before, format_rfc3339(writer.now), reset,
                      owners);
    }

    const FieldOwner id{
        .manager = writer.manager, .applied = true, .subresource = writer.subresource};
    auto merged = merge(shape, live, applied);
    const auto last = owners.contains(id) ? owners.at(id).fields : FieldSet{};
    auto last_time = owners.contains(id) ? owners.at(id).time : std::string();
    auto fields = without_subtrees(field_set_of(shape, applied), reset);
    owners[id].fields = fields;
    merged = prune(shape, merged, owners, last);

    const auto changes = filtered(compare(shape, live, merged), reset);
    const auto conflicts =
        real_conflicts(take_over(owners, id, changes), shape, live, writer, force);
    if (!conflicts.empty()) return std::unexpected(conflict_error(conflicts));
    fields = subtract(fields, unowned());
    if (fields.empty()) {
        owners.erase(id);
    } else {
        auto& owned = owners[id];
        owned.fields = std::move(fields);
        owned.api_version = type.group_version();
        owned.time = merged != live ? format_rfc3339(writer.now) : std::move(last_time);
    }
    write_owners(owners, merged);
    return merged;
}

}  // namespace dsm::cluster

// Deletion: preconditions, the policy's finalizers, and namespaces, which end by a controller.
#include <fmt/format.h>

#include <algorithm>

#include "cluster/registry/registry.hpp"
#include "libs/base/time.hpp"

namespace dsm::cluster {

namespace {

constexpr std::string_view kOrphan = "orphan";
constexpr std::string_view kForeground = "foregroundDeletion";

ApiResult<void> check_preconditions(const Place& place, const Record& stored,
                                    const DeleteOptions& options) {
    const auto uid = text_at(*stored.object, {"metadata", "uid"});
    if (!options.uid.empty() && options.uid != uid) {
        return std::unexpected(precondition_failed(
            place.type, place.name,
            fmt::format("the UID in the precondition ({}) does not match the UID in record ({}). "
                        "The object might have been deleted and then recreated",
                        options.uid, uid)));
    }
    const std::string version = std::to_string(stored.revision);
    if (!options.resource_version.empty() && options.resource_version != version) {
        return std::unexpected(precondition_failed(
            place.type, place.name,
            fmt::format("the ResourceVersion in the precondition ({}) does not match the "
                        "ResourceVersion in record ({}). The object might have been modified",
                        options.resource_version, version)));
    }
    return {};
}

bool holds(const json::array& finalizers, std::string_view name) {
    return std::ranges::any_of(finalizers, [&](const json::value& finalizer) {
        return finalizer.is_string() && finalizer.get_string() == name;
    });
}

/// The finalizers that the policy leaves on the object.
json::array finalizers_after(const Place& place, const json::value& object,
                             const std::string& policy) {
    const json::array& old = array_at(object, {"metadata", "finalizers"});
    std::string_view wanted;
    if (policy == "Orphan") wanted = kOrphan;
    if (policy == "Foreground") wanted = kForeground;
    if (policy.empty() && holds(old, kOrphan)) wanted = kOrphan;
    if (policy.empty() && holds(old, kForeground)) wanted = kForeground;
    if (policy.empty() && wanted.empty() && place.type.plural == "jobs") wanted = kOrphan;
    json::array kept;
    for (const json::value& finalizer : old) {
        const bool ours = finalizer == json::value(json::string(kOrphan)) ||
                          finalizer == json::value(json::string(kForeground));
        if (!ours) kept.push_back(finalizer);
    }
    if (!wanted.empty()) kept.emplace_back(json::string(wanted));
    return kept;
}

}  // namespace

ApiResult<Deleted> Registry::remove(const Place& place, const DeleteOptions& options) {
    const auto stored = find(place);
    if (!stored) return std::unexpected(not_found(place.type, place.name));
    if (place.type.plural == "namespaces") return remove_namespace(place, *stored, options);
    if (auto fits = check_preconditions(place, *stored, options); !fits) {
        return std::unexpected(fits.error());
    }

    Deleted deleted;
    if (place.type.plural == "jobs" && options.policy.empty()) {
        deleted.warnings.emplace_back(
            "child pods are preserved by default when jobs are deleted; set "
            "propagationPolicy=Background to remove them or set propagationPolicy=Orphan to "
            "suppress this warning");
    }
    json::value object = *stored->object;
    json::object& metadata = object_at(object, {"metadata"});
    const json::array finalizers = finalizers_after(place, object, options.policy);
    if (finalizers.empty()) {
        deleted.gone = true;
        if (!options.dry_run) {
            auto gone = store_.remove(place.type.storage, place.key(), stored->revision);
            if (!gone) return std::unexpected(unavailable(gone.error().message));
        }
        deleted.object = from_stored(place.type, object);
        return deleted;
    }
    const bool marked = is_being_deleted(object);
    const bool same = marked && array_at(object, {"metadata", "finalizers"}) == finalizers;
    if (!same) {
        metadata["finalizers"] = finalizers;
        if (!marked) {
            metadata["deletionTimestamp"] = format_rfc3339(now());
            metadata["deletionGracePeriodSeconds"] = 0;
            if (place.type.has_generation()) {
                metadata["generation"] = number_at(object, {"metadata", "generation"}) + 1;
            }
        }
        if (!options.dry_run) {
            auto kept = store_.put(place.type.storage, place.key(), object, stored->revision);
            if (!kept) return std::unexpected(unavailable(kept.error().message));
            object = *kept->object;
        }
    }
    deleted.object = from_stored(place.type, object);
    return deleted;
}

ApiResult<Deleted> Registry::remove_namespace(const Place& place, const Record& stored,
                                              const DeleteOptions& options) {
    if (place.name == "default" || place.name == "kube-system" || place.name == "kube-public") {
        return std::unexpected(
            forbidden(place.type, place.name, "this namespace may not be deleted"));
    }
    const auto uid = text_at(*stored.object, {"metadata", "uid"});
    if (!options.uid.empty() && options.uid != uid) {
        return std::unexpected(
            conflict(place.type, place.name,
                     fmt::format("Precondition failed: UID in precondition: {}, UID in object "
                                 "meta: {}",
                                 options.uid, uid)));
    }
    if (auto fits = check_preconditions(place, stored, options); !fits) {
        return std::unexpected(fits.error());
    }
    Deleted deleted;
    json::value object = *stored.object;
    if (!is_being_deleted(object)) {
        object_at(object, {"metadata"})["deletionTimestamp"] = format_rfc3339(now());
        object_at(object, {"status"})["phase"] = "Terminating";
        if (!options.dry_run) {
            auto kept = store_.put(place.type.storage, place.key(), object, stored.revision);
            if (!kept) return std::unexpected(unavailable(kept.error().message));
            object = *kept->object;
        }
    }
    deleted.object = std::move(object);
    return deleted;
}

}  // namespace dsm::cluster

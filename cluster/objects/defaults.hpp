// What the server fills in: defaults, generated members of a Job, and what clients may not set.
#pragma once

#include "cluster/objects/json.hpp"
#include "cluster/objects/resource.hpp"
#include "libs/base/time.hpp"

namespace dsm::cluster {

/// Fills in the defaults of the type. Idempotent; the object must be canonical.
void apply_defaults(const ResourceType& type, json::value& object);

/// Sets the metadata that only the server sets (uid, creationTimestamp, generation) and defaults.
/// `name` and `namespace` must be set in it already. What is owned is what is there then.
void identify(const ResourceType& type, json::value& object, std::string_view uid, Instant now);

/// Makes an identified object ready for the store's create: empty status, a Job's generated labels
/// and selector, a Namespace's finalizer and phase, fields of gated features dropped.
void prepare_for_create(const ResourceType& type, json::value& object);

/// Makes a decoded and defaulted object ready to replace `stored`: what an update may not change
/// put back, status (or, on /status, spec) kept, generation counted up if the spec differs.
/// `subresource` is "" for the object itself.
void prepare_for_update(const ResourceType& type, std::string_view subresource,
                        const json::value& stored, json::value& object);

/// Whether two states of an object differ in more than resourceVersion and managedFields' times.
bool is_same_object(const json::value& a, const json::value& b);

/// A core/v1 Event as events.k8s.io/v1 shows it, and back. Both are one object in the store.
json::value to_new_event(const json::value& core_event);
json::value to_core_event(const json::value& new_event);

/// The first 58 characters of a prefix and `suffix` (five random characters of the server's set).
std::string generated_name(std::string_view prefix, std::string_view suffix);

}  // namespace dsm::cluster

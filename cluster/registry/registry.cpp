// Creates, replaces and patches: decode, prepare, validate, track, write.
#include "cluster/registry/registry.hpp"

#include <fmt/format.h>

#include "cluster/objects/defaults.hpp"
#include "cluster/objects/patch.hpp"
#include "cluster/objects/validation.hpp"

namespace dsm::cluster {

namespace {

constexpr std::size_t kStoredLimit = 1'572'864;  // etcd's request limit
constexpr int kNameAttempts = 8;

ApiError store_failure(const Error& error) {
    return unavailable("the store did not keep it: " + error.message);
}

/// Leases refuse a write that does not say which version it replaces.
bool needs_version(const ResourceType& type) {
    return type.plural == "leases";
}

/// PUT makes these when they are missing.
bool put_creates(const ResourceType& type) {
    return type.plural == "leases" || type.plural == "events";
}

bool has_version(std::string_view text) {
    return !text.empty() && text != "0";
}

ApiResult<void> check_size(const json::value& object) {
    if (json::serialize(object).size() > kStoredLimit) {
        return std::unexpected(server_error("etcdserver: request is too large"));
    }
    return {};
}

/// The namespace and name in the body against those of the URL.
ApiResult<void> settle_place(const Place& place, json::value& object) {
    json::object& metadata = object_at(object, {"metadata"});
    const std::string given(text_at(object, {"metadata", "namespace"}));
    if (!given.empty() && given != place.name_space) {
        return std::unexpected(bad_request(
            "the namespace of the provided object does not match the namespace sent on the "
            "request"));
    }
    if (place.type.namespaced) metadata["namespace"] = place.name_space;
    const std::string name(text_at(object, {"metadata", "name"}));
    if (place.name.empty() || name == place.name) return {};
    if (name.empty()) {
        return std::unexpected(bad_request(fmt::format(
            "the name of the object ({} based on URL) was undeterminable: name must be provided",
            place.name)));
    }
    return std::unexpected(
        bad_request(fmt::format("the name of the object ({}) does not match the name on the URL "
                                "({})",
                                name, place.name)));
}

bool may_vanish(const ResourceType& type, const json::value& object) {
    return is_being_deleted(object) && array_at(object, {"metadata", "finalizers"}).empty() &&
           (type.plural != "namespaces" || array_at(object, {"spec", "finalizers"}).empty());
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
    for (auto& text : more) all.push_back(std::move(text));
}

}  // namespace

bool is_being_deleted(const json::value& object) {
    return !text_at(object, {"metadata", "deletionTimestamp"}).empty();
}

std::string Place::key() const {
    return prefix() + (type.namespaced ? "" : "/") + name;
}

std::string Place::prefix() const {
    if (!type.namespaced || name_space.empty()) return "";
    return "/" + name_space + "/";
}

const ResourceType& stored_type(const ResourceType& type) {
    if (type.group == "events.k8s.io") return *find_resource("", "v1", "events");
    return type;
}

json::value to_stored(const ResourceType& type, json::value object) {
    return type.group == "events.k8s.io" ? to_core_event(object) : std::move(object);
}

json::value from_stored(const ResourceType& type, const json::value& object) {
    return type.group == "events.k8s.io" ? to_new_event(object) : object;
}

Registry::Registry(Store& store, const rt::Clock& clock, rt::Random& random)
    : store_(store), clock_(clock), random_(random) {}

std::optional<Record> Registry::find(const Place& place) const {
    return store_.find(place.type.storage, place.key());
}

std::string Registry::random_suffix() {
    constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
    std::string suffix;
    for (int i = 0; i < 5; ++i) suffix += kLetters[random_.below(kLetters.size())];
    return suffix;
}

ApiResult<json::value> Registry::read(const Place& place) const {
    const auto stored = find(place);
    if (!stored) return std::unexpected(not_found(place.type, place.name));
    return from_stored(place.type, *stored->object);
}

ApiResult<void> Registry::check_namespace(const Place& place) const {
    if (!place.type.namespaced) return {};
    const ResourceType& namespaces = *find_resource("", "v1", "namespaces");
    const auto found = store_.find(namespaces.storage, "/" + place.name_space);
    if (!found) return std::unexpected(not_found(namespaces, place.name_space));
    if (!is_being_deleted(*found->object)) return {};
    ApiError error = forbidden(
        place.type, place.name,
        fmt::format("unable to create new content in namespace {} because it is being terminated",
                    place.name_space));
    object_at(error.details, {})["causes"] =
        json::array{{{"reason", "NamespaceTerminating"},
                     {"message", fmt::format("namespace {} is being terminated", place.name_space)},
                     {"field", "metadata.namespace"}}};
    return std::unexpected(std::move(error));
}

ApiResult<Written> Registry::create(const Place& place, json::value object,
                                    const WriteOptions& options) {
    Place settled = place;
    if (auto fits = settle_place(place, object); !fits) return std::unexpected(fits.error());
    const auto track = [&](const json::value*, json::value& made) {
        track_update(place.type, nullptr, made, options.writer);
    };
    settled.name = std::string(text_at(object, {"metadata", "name"}));
    const std::string prefix(text_at(object, {"metadata", "generateName"}));
    if (!settled.name.empty() || prefix.empty()) {
        return insert(settled, std::move(object), options, track);
    }
    for (int attempt = 1;; ++attempt) {
        settled.name = generated_name(prefix, random_suffix());
        object_at(object, {"metadata"})["name"] = settled.name;
        auto made = insert(settled, object, options, track);
        const bool taken = !made && made.error().reason == "AlreadyExists";
        if (!taken || attempt == kNameAttempts) return made;
    }
}

ApiResult<Written> Registry::insert(const Place& place, json::value object,
                                    const WriteOptions& options, const Track& track) {
    if (auto open = check_namespace(place); !open) return std::unexpected(open.error());
    if (!options.dry_run && has_version(text_at(object, {"metadata", "resourceVersion"}))) {
        return std::unexpected(
            server_error("resourceVersion should not be set on objects to be created"));
    }
    if (!options.dry_run) object_at(object, {"metadata"}).erase("resourceVersion");
    identify(place.type, object, random_.uuid(), now());
    track(nullptr, object);
    prepare_for_create(place.type, object);
    if (const auto errors = validate_create(place.type, object); !errors.empty()) {
        return std::unexpected(invalid(stored_type(place.type), place.name, errors));
    }
    Written written;
    written.created = true;
    written.warnings = warnings_of(place.type, object, nullptr);
    if (auto fits = check_size(object); !fits) return std::unexpected(fits.error());
    if (const auto stored = find(place)) {
        return std::unexpected(
            already_exists(place.type, place.name, is_being_deleted(*stored->object)));
    }
    if (options.dry_run) {
        written.object = std::move(object);
        return written;
    }
    auto record =
        store_.put(place.type.storage, place.key(), to_stored(place.type, std::move(object)), 0);
    if (!record) return std::unexpected(store_failure(record.error()));
    written.object = from_stored(place.type, *record->object);
    return written;
}

ApiResult<Written> Registry::replace(const Place& place, json::value object,
                                     const WriteOptions& options) {
    if (auto fits = settle_place(place, object); !fits) return std::unexpected(fits.error());
    const auto track = [&](const json::value* stored, json::value& made) {
        track_update(place.type, stored, made, options.writer);
    };
    const auto stored = find(place);
    if (!stored) {
        if (!put_creates(place.type) || !place.subresource.empty()) {
            return std::unexpected(not_found(place.type, place.name));
        }
        object_at(object, {"metadata"}).erase("resourceVersion");
        return insert(place, std::move(object), options, track);
    }
    const std::string version(text_at(object, {"metadata", "resourceVersion"}));
    if (!has_version(version) && needs_version(place.type)) {
        return std::unexpected(
            invalid(place.type.group, place.type.plural, place.name,
                    {FieldError::invalid("metadata.resourceVersion", json::value(0),
                                         "must be specified for an update")}));
    }
    const std::string uid(text_at(object, {"metadata", "uid"}));
    const auto stored_uid = text_at(*stored->object, {"metadata", "uid"});
    if (!uid.empty() && uid != stored_uid) {
        return std::unexpected(conflict(
            place.type, place.name,
            fmt::format("StorageError: invalid object, Code: 4, Key: /registry/{}{}, "
                        "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
                        "precondition: {}, UID in object meta: {}",
                        place.type.plural, place.key(), uid, stored_uid)));
    }
    if (has_version(version) && version.find_first_not_of("0123456789") != std::string::npos) {
        return std::unexpected(server_error(
            fmt::format("strconv.ParseUint: parsing {}: invalid syntax", go_quote(version))));
    }
    if (has_version(version) && version != std::to_string(stored->revision)) {
        return std::unexpected(conflict(place.type, place.name));
    }
    return overwrite(place, *stored, std::move(object), options, track);
}

ApiResult<Written> Registry::overwrite(const Place& place, const Record& stored, json::value object,
                                       const WriteOptions& options, const Track& track) {
    const json::value old = from_stored(place.type, *stored.object);
    apply_defaults(place.type, object);
    track(&old, object);
    prepare_for_update(place.type, place.subresource, old, object);
    if (const auto errors = validate_update(place.type, place.subresource, old, object);
        !errors.empty()) {
        return std::unexpected(invalid(stored_type(place.type), place.name, errors));
    }
    Written written;
    append(written.warnings, warnings_of(place.type, object, &old));
    object_at(object, {"metadata"})["resourceVersion"] = std::to_string(stored.revision);
    if (auto fits = check_size(object); !fits) return std::unexpected(fits.error());
    if (is_same_object(old, object)) {
        written.object = old;
        return written;
    }
    if (options.dry_run) {
        written.object = std::move(object);
        return written;
    }
    if (may_vanish(place.type, object)) {
        auto gone = store_.remove(place.type.storage, place.key(), stored.revision);
        if (!gone) return std::unexpected(store_failure(gone.error()));
        written.object = with_revision(std::move(object), *gone);
        return written;
    }
    auto record = store_.put(place.type.storage, place.key(),
                             to_stored(place.type, std::move(object)), stored.revision);
    if (!record) return std::unexpected(store_failure(record.error()));
    written.object = from_stored(place.type, *record->object);
    return written;
}

ApiResult<Written> Registry::patch(const Place& place, PatchKind kind, std::string_view body,
                                   Force force, const WriteOptions& options) {
    if (kind == PatchKind::kApply) return apply(place, body, force, options);
    const auto stored = find(place);
    if (!stored) return std::unexpected(not_found(place.type, place.name));
    const json::value old = from_stored(place.type, *stored->object);
    auto patched = kind == PatchKind::kJson    ? apply_json_patch(old, body)
                   : kind == PatchKind::kMerge ? apply_merge_patch(old, body)
                                               : apply_strategic_patch(place.type, old, body);
    if (!patched) return std::unexpected(patched.error());
    auto decoded = decode_patched(place.type, *patched, options.validation);
    if (!decoded) return std::unexpected(decoded.error());
    if (auto fits = settle_place(place, decoded->object); !fits) {
        return std::unexpected(fits.error());
    }
    const auto version = text_at(decoded->object, {"metadata", "resourceVersion"});
    if (has_version(version) && version != std::to_string(stored->revision)) {
        return std::unexpected(conflict(place.type, place.name));
    }
    const auto track = [&](const json::value* before, json::value& made) {
        track_update(place.type, before, made, options.writer);
    };
    auto written = overwrite(place, *stored, std::move(decoded->object), options, track);
    if (written) append(written->warnings, std::move(decoded->warnings));
    return written;
}

ApiResult<Written> Registry::apply(const Place& place, std::string_view body, Force force,
                                   const WriteOptions& options) {
    auto wanted = parse_apply_body(body);
    if (!wanted) return std::unexpected(wanted.error());
    const auto stored = find(place);
    json::value old;
    if (stored) old = from_stored(place.type, *stored->object);
    if (!stored && !place.subresource.empty()) {
        return std::unexpected(not_found(place.type, place.name));
    }
    const auto uid = text_at(*wanted, {"metadata", "uid"});
    if (!stored && !uid.empty()) {
        return std::unexpected(conflict(
            place.type, place.name,
            fmt::format("uid mismatch: the provided object specified uid {}, and no existing "
                        "object was found",
                        uid)));
    }
    auto applied =
        server_side_apply(place.type, stored ? &old : nullptr, *wanted, options.writer, force);
    if (!applied) return std::unexpected(applied.error());
    auto decoded = decode_patched(place.type, *applied, options.validation);
    if (!decoded) return std::unexpected(decoded.error());
    json::object& metadata = object_at(decoded->object, {"metadata"});
    if (text_at(decoded->object, {"metadata", "name"}).empty()) metadata["name"] = place.name;
    if (auto fits = settle_place(place, decoded->object); !fits) {
        return std::unexpected(fits.error());
    }
    const auto track = [](const json::value*, json::value&) {};  // apply did it already
    if (!stored) return insert(place, std::move(decoded->object), options, track);
    const auto version = text_at(*wanted, {"metadata", "resourceVersion"});
    if (has_version(version) && version != std::to_string(stored->revision)) {
        return std::unexpected(conflict(place.type, place.name));
    }
    return overwrite(place, *stored, std::move(decoded->object), options, track);
}

}  // namespace dsm::cluster

// What may be done to objects: create, replace, patch, apply, delete, with the rules of their type.
// REST and the controllers both write through it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/objects/decode.hpp"
#include "cluster/objects/managed_fields.hpp"
#include "cluster/objects/status.hpp"
#include "cluster/store/store.hpp"
#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"

namespace dsm::cluster {

/// Which object a call is about.
struct Place {
    const ResourceType& type;
    std::string name_space;   ///< "" for cluster scope
    std::string name;         ///< "" only to create
    std::string subresource;  ///< "", "status" or "finalize"

    /// The store's key: "/namespace/name" or "/name".
    std::string key() const;
    std::string prefix() const;  ///< of the keys of its namespace; "" for all
};

struct WriteOptions {
    Writer writer;
    bool dry_run = false;
    FieldValidation validation = FieldValidation::kWarn;
};

struct Written {
    json::value object;
    bool created = false;
    std::vector<std::string> warnings;
};

enum class PatchKind { kJson, kMerge, kStrategic, kApply };

struct DeleteOptions {
    bool dry_run = false;
    std::string policy;  ///< "", "Background", "Foreground", "Orphan"
    std::string uid;     ///< precondition; empty: none
    std::string resource_version;
};

struct Deleted {
    json::value object;  ///< its last state, or the one that waits for its finalizers
    bool gone = false;
    std::vector<std::string> warnings;
};

/// One thread. Refusals are the real server's, texts included.
class Registry {
public:
    Registry(Store& store, const rt::Clock& clock, rt::Random& random);

    ApiResult<json::value> read(const Place& place) const;
    /// `object` is decoded. An empty place.name: the object's own, or a generated one.
    ApiResult<Written> create(const Place& place, json::value object, const WriteOptions& options);
    ApiResult<Written> replace(const Place& place, json::value object, const WriteOptions& options);
    ApiResult<Written> patch(const Place& place, PatchKind kind, std::string_view body, Force force,
                             const WriteOptions& options);
    ApiResult<Deleted> remove(const Place& place, const DeleteOptions& options);

    Store& store() { return store_; }
    const Store& store() const { return store_; }
    Instant now() const { return clock_.wall(); }

private:
    /// What an update did to the fields' owners: apply, or an ordinary write.
    using Track = std::function<void(const json::value* stored, json::value& object)>;

    ApiResult<void> check_namespace(const Place& place) const;
    ApiResult<Written> insert(const Place& place, json::value object, const WriteOptions& options,
                              const Track& track);
    ApiResult<Written> overwrite(const Place& place, const Record& stored, json::value object,
                                 const WriteOptions& options, const Track& track);
    ApiResult<Written> apply(const Place& place, std::string_view body, Force force,
                             const WriteOptions& options);
    ApiResult<Deleted> remove_namespace(const Place& place, const Record& stored,
                                        const DeleteOptions& options);
    std::optional<Record> find(const Place& place) const;
    std::string random_suffix();

    Store& store_;
    const rt::Clock& clock_;
    rt::Random& random_;
};

/// The stored form of an object of `type`, and back: events.k8s.io keeps core events.
json::value to_stored(const ResourceType& type, json::value object);
json::value from_stored(const ResourceType& type, const json::value& object);
/// The type whose form the store keeps ("events" of core for both event resources).
const ResourceType& stored_type(const ResourceType& type);

/// True when the object only waits for its finalizers.
bool is_being_deleted(const json::value& object);

}  // namespace dsm::cluster

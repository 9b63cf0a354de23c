// Level-triggered: an index of who depends on whom, and two sets of objects to look at.
#include "cluster/controllers/garbage_collector.hpp"

#include <algorithm>

namespace dsm::cluster {

namespace {

constexpr std::string_view kOrphan = "orphan";
constexpr std::string_view kForeground = "foregroundDeletion";

bool has_finalizer(const json::value& object, std::string_view name) {
    return std::ranges::any_of(
        array_at(object, {"metadata", "finalizers"}), [&](const json::value& finalizer) {
            return finalizer.is_string() && std::string_view(finalizer.get_string()) == name;
        });
}

std::string uid_of(const json::value& object) {
    return std::string(text_at(object, {"metadata", "uid"}));
}

Place place_of(const ResourceType& type, const json::value& object) {
    return {type, std::string(text_at(object, {"metadata", "namespace"})),
            std::string(text_at(object, {"metadata", "name"})), ""};
}

}  // namespace

GarbageCollector::GarbageCollector(Registry& registry) : registry_(registry) {
    for (const ResourceType& type : dsm::cluster::registry()) {
        if (!type.stored() || &stored_type(type) != &type) continue;
        feeds_.emplace_back(&type, Feed(registry.store(), type.storage));
    }
}

void GarbageCollector::index(const Item& item, const Object& object, bool there) {
    if (!object) return;
    for (const json::value& owner : array_at(*object, {"metadata", "ownerReferences"})) {
        const std::string uid(text_at(owner, {"uid"}));
        if (there) {
            dependents_[uid].insert(item);
        } else if (const auto known = dependents_.find(uid); known != dependents_.end()) {
            known->second.erase(item);
            if (known->second.empty()) dependents_.erase(known);
        }
    }
}

/// Reads the feeds; true if there is something to do.
bool GarbageCollector::look() {
    for (auto& [type, feed] : feeds_) {
        for (const Seen& seen : feed.poll()) {
            const Item item{type, seen.key};
            index(item, seen.before, false);
            index(item, seen.after, true);
            if (seen.before && !seen.after) {  // its dependents, and the owners that wait for it
                const auto known = dependents_.find(uid_of(*seen.before));
                if (known != dependents_.end()) {
                    to_judge_.insert(known->second.begin(), known->second.end());
                }
                for (const json::value& owner :
                     array_at(*seen.before, {"metadata", "ownerReferences"})) {
                    const auto* owner_type =
                        find_kind(text_at(owner, {"apiVersion"}), text_at(owner, {"kind"}));
                    if (!owner_type) continue;
                    const Place place{*owner_type,
                                      std::string(text_at(*seen.before, {"metadata", "namespace"})),
                                      std::string(text_at(owner, {"name"})), ""};
                    to_finish_.insert({&stored_type(*owner_type), place.key()});
                }
            }
            if (!seen.after) continue;
            if (!array_at(*seen.after, {"metadata", "ownerReferences"}).empty()) {
                to_judge_.insert(item);
            }
            if (is_being_deleted(*seen.after)) to_finish_.insert(item);
        }
    }
    return !to_judge_.empty() || !to_finish_.empty();
}

std::optional<std::chrono::milliseconds> GarbageCollector::turn() {
    while (look()) {
        for (const Item& item : std::exchange(to_finish_, {})) finish_owner(item);
        for (const Item& item : std::exchange(to_judge_, {})) judge(item);
    }
    return std::nullopt;
}

bool GarbageCollector::owner_exists(const json::value& dependent,
                                    const json::value& reference) const {
    const auto* type = find_kind(text_at(reference, {"apiVersion"}), text_at(reference, {"kind"}));
    if (!type || !type->stored()) return true;  // a kind we don't know can't be judged
    const Place place{*type, std::string(text_at(dependent, {"metadata", "namespace"})),
                      std::string(text_at(reference, {"name"})), ""};
    const auto owner = registry_.store().find(type->storage, place.key());
    return owner && uid_of(*owner->object) == text_at(reference, {"uid"});
}

/// True if that owner is in foreground deletion: its dependents have to go first.
bool GarbageCollector::owner_waits(const json::value& dependent,
                                   const json::value& reference) const {
    const auto* type = find_kind(text_at(reference, {"apiVersion"}), text_at(reference, {"kind"}));
    if (!type || !type->stored()) return false;
    const Place place{*type, std::string(text_at(dependent, {"metadata", "namespace"})),
                      std::string(text_at(reference, {"name"})), ""};
    const auto owner = registry_.store().find(type->storage, place.key());
    return owner && uid_of(*owner->object) == text_at(reference, {"uid"}) &&
           is_being_deleted(*owner->object) && has_finalizer(*owner->object, kForeground);
}

/// Deletes a dependent without a living owner; drops the references to dead ones otherwise.
void GarbageCollector::judge(const Item& item) {
    const auto record = registry_.store().find(item.type->storage, item.key);
    if (!record) return;
    const json::value& object = *record->object;
    std::vector<std::string> dead;
    bool alive = false;
    for (const json::value& owner : array_at(object, {"metadata", "ownerReferences"})) {
        const bool goes = !owner_exists(object, owner) || owner_waits(object, owner);
        if (goes) dead.emplace_back(text_at(owner, {"uid"}));
        alive = alive || !goes;
    }
    if (dead.empty()) return;
    if (alive) {
        for (const std::string& uid : dead) drop_references(item, uid);
        return;
    }
    if (is_being_deleted(object)) return;  // waits for its own finalizers
    const std::string policy = has_finalizer(object, kOrphan)       ? "Orphan"
                               : has_finalizer(object, kForeground) ? "Foreground"
                                                                    : "Background";
    (void)registry_.remove(place_of(*item.type, object), {.policy = policy, .uid = uid_of(object)});
}

void GarbageCollector::finish_owner(const Item& item) {
    const auto record = registry_.store().find(item.type->storage, item.key);
    if (!record || !is_being_deleted(*record->object)) return;
    const json::value owner = *record->object;
    const std::string uid = uid_of(owner);
    const auto known = dependents_.find(uid);
    const std::set<Item> dependents = known == dependents_.end() ? std::set<Item>{} : known->second;
    if (has_finalizer(owner, kOrphan)) {
        for (const Item& dependent : dependents) drop_references(dependent, uid);
        drop_finalizer(item, kOrphan);
    }
    if (!has_finalizer(owner, kForeground)) return;
    bool blocked = false;
    for (const Item& dependent : dependents) {
        judge(dependent);
        const auto left = registry_.store().find(dependent.type->storage, dependent.key);
        if (!left) continue;
        for (const json::value& reference :
             array_at(*left->object, {"metadata", "ownerReferences"})) {
            blocked = blocked || (text_at(reference, {"uid"}) == uid &&
                                  is_true_at(reference, {"blockOwnerDeletion"}));
        }
    }
    if (!blocked) drop_finalizer(item, kForeground);
}

void GarbageCollector::drop_references(const Item& item, const std::string& uid) {
    const auto record = registry_.store().find(item.type->storage, item.key);
    if (!record) return;
    json::value object = *record->object;
    json::array kept;
    for (const json::value& owner : array_at(object, {"metadata", "ownerReferences"})) {
        if (text_at(owner, {"uid"}) != uid) kept.push_back(owner);
    }
    object_at(object, {"metadata"})["ownerReferences"] = std::move(kept);
    if (array_at(object, {"metadata", "ownerReferences"}).empty()) {
        erase_at(object, {"metadata"}, "ownerReferences");
    }
    (void)registry_.replace(place_of(*item.type, object), object,
                            {.writer = {"kube-controller-manager", "", registry_.now()}});
}

void GarbageCollector::drop_finalizer(const Item& item, std::string_view finalizer) {
    const auto record = registry_.store().find(item.type->storage, item.key);
    if (!record) return;
    json::value object = *record->object;
    json::array kept;
    for (const json::value& name : array_at(object, {"metadata", "finalizers"})) {
        if (name.is_string() && std::string_view(name.get_string()) != finalizer) {
            kept.push_back(name);
        }
    }
    if (kept.empty()) {
        erase_at(object, {"metadata"}, "finalizers");
    } else {
        object_at(object, {"metadata"})["finalizers"] = std::move(kept);
    }
    (void)registry_.replace(place_of(*item.type, object), object,
                            {.writer = {"kube-controller-manager", "", registry_.now()}});
}

}  // namespace dsm::cluster

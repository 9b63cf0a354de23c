// Each looks at one resource and deletes.
#include "cluster/controllers/housekeeping.hpp"

namespace dsm::cluster {

namespace {

constexpr std::chrono::milliseconds kLookAgain{500};
constexpr std::chrono::hours kEventLife{1};

Place place_of(const ResourceType& type, const json::value& object) {
    return {type, std::string(text_at(object, {"metadata", "namespace"})),
            std::string(text_at(object, {"metadata", "name"})), ""};
}

}  // namespace

NamespaceController::NamespaceController(Registry& registry)
    : registry_(registry),
      type_(*find_resource("", "v1", "namespaces")),
      namespaces_(registry.store(), type_.storage) {}

/// True when nothing is left.
bool NamespaceController::empty_out(const std::string& name_space) {
    bool empty = true;
    const std::string prefix = "/" + name_space + "/";
    for (const ResourceType& type : dsm::cluster::registry()) {
        if (!type.namespaced || !type.stored() || &stored_type(type) != &type) continue;
        const auto page = registry_.store().list({.resource = type.storage, .prefix = prefix});
        for (const Record& record : page->records) {
            const auto gone =
                registry_.remove(place_of(type, *record.object), {.policy = "Background"});
            empty = empty && gone && gone->gone;
        }
    }
    return empty;
}

std::optional<std::chrono::milliseconds> NamespaceController::turn() {
    for (const Seen& seen : namespaces_.poll()) {
        if (seen.after && is_being_deleted(*seen.after)) ending_.insert(seen.key.substr(1));
        if (!seen.after) ending_.erase(seen.key.substr(1));
    }
    std::optional<std::chrono::milliseconds> again;
    for (const std::string& name : std::set<std::string>(ending_)) {
        if (!empty_out(name)) {
            again = kLookAgain;
            continue;
        }
        const Place place{type_, "", name, "finalize"};
        auto object = registry_.read(place);
        if (object) {
            erase_at(*object, {"spec"}, "finalizers");
            (void)registry_.replace(
                place, std::move(*object),
                {.writer = {"kube-controller-manager", "finalize", registry_.now()}});
        }
        if (registry_.read(place)) {
            again = kLookAgain;  // finalizers of its own metadata
        } else {
            ending_.erase(name);
        }
    }
    return again;
}

FinishedJobController::FinishedJobController(Registry& registry)
    : registry_(registry),
      type_(*find_resource("batch", "v1", "jobs")),
      jobs_(registry.store(), type_.storage) {}

std::optional<std::chrono::milliseconds> FinishedJobController::turn() {
    for (const Seen& seen : jobs_.poll()) {
        ends_.erase(seen.key);
        if (!seen.after || is_being_deleted(*seen.after)) continue;
        const auto* life = find_at(*seen.after, {"spec", "ttlSecondsAfterFinished"});
        if (!life || !life->is_number() || !is_finished(*seen.after)) continue;
        for (const json::value& condition : array_at(*seen.after, {"status", "conditions"})) {
            const auto type = text_at(condition, {"type"});
            const auto at = parse_rfc3339(text_at(condition, {"lastTransitionTime"}));
            if ((type != "Complete" && type != "Failed") || !at) continue;
            ends_[seen.key] = *at + std::chrono::seconds(life->to_number<std::int64_t>());
        }
    }
    std::optional<std::chrono::milliseconds> again;
    for (const auto& [key, end] : std::map<std::string, Instant>(ends_)) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - registry_.now());
        if (left.count() > 0) {
            again = sooner(again, left);
            continue;
        }
        ends_.erase(key);
        if (const auto job = registry_.store().find(type_.storage, key)) {
            (void)registry_.remove(place_of(type_, *job->object), {.policy = "Foreground"});
        }
    }
    return again;
}

EventExpiry::EventExpiry(Registry& registry, const rt::Clock& clock)
    : registry_(registry),
      clock_(clock),
      type_(*find_resource("", "v1", "events")),
      events_(registry.store(), type_.storage) {}

std::optional<std::chrono::milliseconds> EventExpiry::turn() {
    const auto now = clock_.steady();
    for (const Seen& seen : events_.poll()) {
        if (!seen.after) {
            seen_.erase(seen.key);
            continue;
        }
        seen_[seen.key] = now;
        queue_.emplace_back(now + kEventLife, seen.key);
    }
    while (!queue_.empty() && queue_.front().first <= now) {
        const std::string key = queue_.front().second;
        queue_.pop_front();
        const auto last = seen_.find(key);
        if (last == seen_.end() || last->second + kEventLife > now) continue;
        if (const auto event = registry_.store().find(type_.storage, key)) {
            (void)registry_.remove(place_of(type_, *event->object), {.policy = "Background"});
        }
    }
    if (queue_.empty()) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(queue_.front().first - now);
}

}  // namespace dsm::cluster

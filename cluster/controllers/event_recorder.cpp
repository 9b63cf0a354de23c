// Source of the shape: client-go's recorder (name, source, counts).
#include "cluster/controllers/event_recorder.hpp"

#include <fmt/format.h>

namespace dsm::cluster {

namespace {
constexpr std::size_t kRemembered = 4096;
}

bool EventRecorder::count_up(const std::string& name_space, const std::string& name) {
    const ResourceType& events = *find_resource("", "v1", "events");
    const Place place{events, name_space, name, ""};
    auto event = registry_.read(place);
    if (!event) return false;
    event->as_object()["count"] = number_at(*event, {"count"}, 1) + 1;
    event->as_object()["lastTimestamp"] = format_rfc3339(registry_.now());
    return registry_
        .replace(place, std::move(*event), {.writer = {component_, "", registry_.now()}})
        .has_value();
}

void EventRecorder::record(const json::value& object, EventType type, std::string_view reason,
                           std::string_view message) {
    const std::string name(text_at(object, {"metadata", "name"}));
    std::string name_space(text_at(object, {"metadata", "namespace"}));
    if (name_space.empty()) name_space = "default";
    const auto uid = text_at(object, {"metadata", "uid"});
    const std::string_view type_text = type == EventType::kNormal ? "Normal" : "Warning";
    const std::string same =
        fmt::format("{}\n{}\n{}\n{}\n{}", uid, name, type_text, reason, message);
    if (const auto known = names_.find(same); known != names_.end()) {
        if (count_up(name_space, known->second)) return;
    }
    const Instant now = registry_.now();
    const auto nanoseconds =
        std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
    // The store's revision makes two events of one instant differ.
    const std::string event_name = fmt::format(
        "{}.{:x}", name, static_cast<std::uint64_t>(nanoseconds) + registry_.store().revision());
    json::object involved{{"kind", text_at(object, {"kind"})},
                          {"namespace", text_at(object, {"metadata", "namespace"})},
                          {"name", name},
                          {"uid", uid},
                          {"apiVersion", text_at(object, {"apiVersion"})},
                          {"resourceVersion", text_at(object, {"metadata", "resourceVersion"})}};
    json::value event{{"apiVersion", "v1"},
                      {"kind", "Event"},
                      {"metadata", {{"name", event_name}, {"namespace", name_space}}},
                      {"involvedObject", involved},
                      {"reason", reason},
                      {"message", message},
                      {"source", {{"component", component_}}},
                      {"firstTimestamp", format_rfc3339(now)},
                      {"lastTimestamp", format_rfc3339(now)},
                      {"count", 1},
                      {"type", type_text},
                      {"eventTime", nullptr},
                      {"reportingComponent", component_},
                      {"reportingInstance", ""}};
    const ResourceType& events = *find_resource("", "v1", "events");
    const auto made = registry_.create({events, name_space, event_name, ""}, std::move(event),
                                       {.writer = {component_, "", now}});
    if (!made) return;
    if (names_.insert_or_assign(same, event_name).second) order_.push_back(same);
    while (order_.size() > kRemembered) {
        names_.erase(order_.front());
        order_.pop_front();
    }
}

}  // namespace dsm::cluster

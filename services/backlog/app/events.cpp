// The documents come from another process, so every field is checked before it is believed.
#include "services/backlog/app/events.hpp"

#include <boost/json.hpp>

#include "libs/base/identifier.hpp"

namespace dsm::backlog {
namespace {

using boost::json::object;

std::optional<object> read_document(const stream::Event& entry) {
    boost::system::error_code failed;
    const auto document = boost::json::parse(entry.data, failed);
    if (failed || !document.is_object()) return std::nullopt;
    return document.get_object();
}

std::string text_of(const object& from, std::string_view key) {
    const auto* value = from.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

const object* object_of(const object& from, std::string_view key) {
    const auto* value = from.if_contains(key);
    return value ? value->if_object() : nullptr;
}

}  // namespace

std::optional<std::variant<SprintStarted, OtherEvent>> read_sprint_event(
    const stream::Event& entry) {
    const auto document = read_document(entry);
    if (!document) return std::nullopt;
    if (text_of(*document, "event_type") != "SprintStarted") return OtherEvent{};

    const auto* payload = object_of(*document, "payload");
    const auto at = parse_rfc3339(text_of(*document, "timestamp"));
    if (!payload || !at) return std::nullopt;
    SprintStarted event{.event_id = text_of(*document, "event_id"),
                        .task_ids = {},
                        .taken = {text_of(*payload, "sprint_id"), *at}};
    const auto* tasks = payload->if_contains("tasks");
    if (event.event_id.empty() || !is_valid_id(event.taken.sprint_id) || !tasks ||
        !tasks->is_array()) {
        return std::nullopt;
    }
    for (const auto& id : tasks->get_array()) {
        if (!id.is_string() || !is_valid_id(id.get_string())) return std::nullopt;
        event.task_ids.emplace_back(id.get_string());
    }
    return event;
}

std::optional<std::variant<DatedUpdate, OtherEvent>> read_task_event(const stream::Event& entry) {
    const auto document = read_document(entry);
    if (!document) return std::nullopt;
    if (text_of(*document, "event_type") != "TASK_UPDATED") return OtherEvent{};

    const auto* data = object_of(*document, "event_data");
    if (!data) return std::nullopt;
    std::string at = text_of(*data, "updated_at");
    if (at.empty()) at = text_of(*document, "timestamp");
    const auto updated_at = parse_rfc3339(at);
    const auto* progress = data->if_contains("progress_percentage");
    DatedUpdate event{.event_id = text_of(*document, "event_id"),
                      .update = {.task_id = text_of(*data, "task_id"),
                                 .sprint_id = std::nullopt,
                                 .status = text_of(*data, "status"),
                                 .progress_percentage = 0,
                                 .updated_at = updated_at.value_or(Instant{})}};
    const std::string sprint_id = text_of(*data, "sprint_id");
    const bool well_formed = updated_at && progress && progress->is_int64() &&
                             !event.event_id.empty() && is_valid_id(event.update.task_id) &&
                             !event.update.status.empty() &&
                             (sprint_id.empty() || is_valid_id(sprint_id));
    if (!well_formed) return std::nullopt;
    event.update.progress_percentage = progress->get_int64();
    if (event.update.progress_percentage < 0 || event.update.progress_percentage > 100) {
        return std::nullopt;
    }
    if (!sprint_id.empty()) event.update.sprint_id = sprint_id;
    return event;
}

}  // namespace dsm::backlog

// From a SprintStarted document to a planning note.
#include "services/chronicle/core/sprint_started.hpp"

#include <fmt/format.h>

#include "libs/base/identifier.hpp"

namespace dsm::chronicle {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

/// Whole weeks between two dates, or null where one of them is missing.
json::value weeks_between(const std::string& start, const std::string& end) {
    const auto from = parse_date(start);
    const auto to = parse_date(end);
    if (!from || !to || *to < *from) return nullptr;
    return (*to - *from).count() / 7;
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::array tasks_of(const json::object& payload) {
    json::array tasks;
    const auto* listed = payload.if_contains("tasks");
    if (listed == nullptr || !listed->is_array()) return tasks;
    for (const auto& task : listed->get_array()) {
        if (task.is_string()) tasks.push_back(task);
    }
    return tasks;
}

/// The words of sprint-service's own note, so that it does not matter which of the two comes first.
std::string goal_of(std::size_t tasks, const std::string& end) {
    return end.empty() ? fmt::format("Complete {} planned tasks.", tasks)
                       : fmt::format("Complete {} planned tasks by {}.", tasks, end);
}

}  // namespace

Reading read_sprint_event(std::string_view document, Note& note) {
    boost::system::error_code failed;
    const auto parsed = json::parse(document, failed);
    if (failed || !parsed.is_object()) return Reading::kMalformed;
    const auto& event = parsed.get_object();
    if (text_of(event, "event_type") != "SprintStarted") return Reading::kOther;

    const auto* payload_value = event.if_contains("payload");
    if (payload_value == nullptr || !payload_value->is_object()) return Reading::kMalformed;
    const auto& payload = payload_value->get_object();
    note = Note{.type = NoteType::kSprintPlanning, .project_id = text_of(payload, "project_id")};
    note.sprint_id = text_of(payload, "sprint_id");
    note.source_id = text_of(event, "event_id");
    if (note.source_id->empty()) return Reading::kMalformed;
    if (!is_valid_id(note.project_id) || !is_valid_id(*note.sprint_id)) return Reading::kMalformed;

    const auto start = text_of(payload, "start_date");
    const auto end = text_of(payload, "end_date");
    const auto sprint_name = text_of(payload, "sprint_name");
    auto tasks = tasks_of(payload);
    note.at = parse_rfc3339(text_of(event, "timestamp")).value_or(Instant{});
    note.data = json::serialize(json::object{{"sprint_name", text_or_null(sprint_name)},
                                             {"sprint_goal", goal_of(tasks.size(), end)},
                                             {"start_date", text_or_null(start)},
                                             {"end_date", text_or_null(end)},
                                             {"duration_weeks", weeks_between(start, end)},
                                             {"planned_tasks", std::move(tasks)}});
    return Reading::kSprintStarted;
}

}  // namespace dsm::chronicle

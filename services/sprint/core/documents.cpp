// Builds documents as data; nothing here is spliced into text that a machine reads.
#include "services/sprint/core/documents.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <set>

namespace dsm::sprint {
namespace {

namespace json = boost::json;

json::value or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

std::string micros_text(Instant at) {
    return format_rfc3339_micros(at);
}

}  // namespace

json::object to_json(const Sprint& sprint) {
    return {{"sprint_id", sprint.sprint_id},
            {"project_id", sprint.project_id},
            {"sprint_name", sprint.sprint_name},
            {"start_date", format_date(sprint.start_date)},
            {"end_date", format_date(sprint.end_date)},
            {"duration_weeks", sprint.duration_weeks},
            {"status", text_of(sprint.status)}};
}

json::object to_json(const Task& task, const std::string& sprint_id) {
    return {{"task_id", task.task_id},
            {"title", task.title},
            {"status", task.status},
            {"sprint_id", sprint_id},
            {"progress_percentage", task.progress_percentage},
            {"assigned_to", or_null(task.assigned_to)}};
}

json::object sprint_event(const char* event_type, const SprintWithTasks& of, const Origin& origin) {
    json::array tasks;
    for (const Task& task : of.tasks) tasks.emplace_back(task.task_id);
    return {{"event_id", origin.event_id},
            {"event_type", event_type},
            {"aggregate_id", of.sprint.sprint_id},
            {"payload",
             {{"sprint_id", of.sprint.sprint_id},
              {"project_id", of.sprint.project_id},
              {"sprint_name", of.sprint.sprint_name},
              {"start_date", format_date(of.sprint.start_date)},
              {"end_date", format_date(of.sprint.end_date)},
              {"duration_weeks", of.sprint.duration_weeks},
              {"status", text_of(of.sprint.status)},
              {"tasks", std::move(tasks)}}},
            {"timestamp", micros_text(origin.at)},
            {"correlation_id", origin.correlation_id}};
}

json::object task_updated_event(const Task& task, const Sprint& sprint, const Origin& origin) {
    return {{"event_id", origin.event_id},
            {"event_type", "TASK_UPDATED"},
            {"timestamp", micros_text(origin.at)},
            {"aggregate_id", task.task_id},
            {"aggregate_type", "Task"},
            {"event_data",
             {{"task_id", task.task_id},
              {"project_id", sprint.project_id},
              {"sprint_id", sprint.sprint_id},
              {"status", task.status},
              {"progress_percentage", task.progress_percentage},
              {"updated_at", micros_text(origin.at)},
              {"assigned_to", or_null(task.assigned_to)}}},
            {"metadata",
             {{"source_service", "SprintService"}, {"correlation_id", origin.correlation_id}}}};
}

json::object planning_note(const SprintWithTasks& of) {
    json::array planned;
    for (const Task& task : of.tasks) planned.emplace_back(task.task_id);
    const Sprint& sprint = of.sprint;
    return {{"project_id", sprint.project_id},
            {"sprint_id", sprint.sprint_id},
            {"sprint_name", sprint.sprint_name},
            {"sprint_goal", fmt::format("Complete {} planned tasks by {}.", of.tasks.size(),
                                        format_date(sprint.end_date))},
            {"planned_tasks", std::move(planned)},
            {"start_date", format_date(sprint.start_date)},
            {"end_date", format_date(sprint.end_date)},
            {"duration_weeks", sprint.duration_weeks}};
}

json::object retrospective_note(const SprintWithTasks& of) {
    const Sprint& sprint = of.sprint;
    json::array summary;
    std::set<std::string> people;
    std::size_t completed = 0;
    for (const Task& task : of.tasks) {
        if (task.is_completed()) ++completed;
        if (task.assigned_to) people.insert(*task.assigned_to);
        summary.push_back(json::object{{"description", task.title},
                                       {"status", task.status},
                                       {"task_id", task.task_id},
                                       {"employee_id", or_null(task.assigned_to)},
                                       {"progress_percentage", task.progress_percentage}});
    }
    const std::size_t open = of.tasks.size() - completed;
    json::array actions;
    if (open > 0) {
        actions.push_back(json::object{
            {"description",
             fmt::format("Plan again the {} tasks that went back to the backlog.", open)},
            {"status", "open"}});
    }
    return {{"sprint_id", sprint.sprint_id},
            {"project_id", sprint.project_id},
            {"sprint_name", sprint.sprint_name},
            {"start_date", format_date(sprint.start_date)},
            {"end_date", format_date(sprint.end_date)},
            {"duration_weeks", sprint.duration_weeks},
            {"what_went_well",
             fmt::format("{} of {} tasks were completed.", completed, of.tasks.size())},
            {"what_could_be_improved", open == 0 ? std::string("Nothing was left open.")
                                                 : fmt::format("{} tasks were left open.", open)},
            {"action_items", std::move(actions)},
            {"attendees", json::array(people.begin(), people.end())},
            {"tasks_summary", std::move(summary)}};
}

}  // namespace dsm::sprint

// The daily scrum report: one entry a task, grouped by person.
#include "services/sprint/core/daily_report.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>
#include <set>

#include "libs/base/digest.hpp"

namespace dsm::sprint {
namespace {

namespace json = boost::json;

/// All changes of one task, folded into what a person would say about it.
struct Story {
    const TaskChange* first = nullptr;
    const TaskChange* last = nullptr;
    std::string yesterday_work;
    std::string today_work;
    std::string impediments;
};

void append(std::string& to, const std::optional<std::string>& said) {
    if (!said || said->empty()) return;
    if (!to.empty()) to += "; ";
    to += *said;
}

std::map<std::string, Story> stories_of(const std::vector<TaskChange>& changes) {
    std::map<std::string, Story> stories;
    for (const TaskChange& change : changes) {
        Story& story = stories[change.task_id];
        if (story.first == nullptr) story.first = &change;
        story.last = &change;
        append(story.yesterday_work, change.yesterday_work);
        append(story.impediments, change.impediments);
        if (change.today_work && !change.today_work->empty()) story.today_work = *change.today_work;
    }
    return stories;
}

std::string describe_change(const Story& story) {
    const TaskChange& from = *story.first;
    const TaskChange& to = *story.last;
    std::string text = fmt::format("Progress {}% to {}%", from.old_progress, to.new_progress);
    if (from.old_status != to.new_status) {
        text += fmt::format(", {} to {}", from.old_status, to.new_status);
    }
    return text;
}

std::string plan_of(const Task& task) {
    if (task.is_completed()) return "Completed";
    if (task.progress_percentage > 0) {
        return fmt::format("Continue at {}%", task.progress_percentage);
    }
    return "Not started";
}

json::object entry_of(const Task& task, const Story* story, Instant now) {
    std::string yesterday = "No change recorded";
    std::string today = plan_of(task);
    std::string impediments = "None";
    if (story != nullptr) {
        yesterday = story->yesterday_work.empty() ? describe_change(*story) : story->yesterday_work;
        if (!story->today_work.empty()) today = story->today_work;
        if (!story->impediments.empty()) impediments = story->impediments;
    }
    return {{"id", task.task_id},
            {"yesterday_work", yesterday},
            {"today_work", today},
            {"impediments", impediments},
            {"created_at", format_rfc3339(now)}};
}

std::string uuid_shaped(std::string_view seed) {
    std::string hex = sha256_hex(seed).substr(0, 32);
    hex[12] = '8';  // RFC 9562: version 8, made from a hash of our own choice
    hex[16] = "89ab"[hex[16] % 4];
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20, 12));
}

}  // namespace

DailyReport compile_daily_report(const SprintWithTasks& of, const std::vector<TaskChange>& changes,
                                 Date date, Instant now) {
    const auto stories = stories_of(changes);
    std::map<std::string, json::array> by_person;
    std::set<std::string> people;
    int completed = 0;
    int updated = 0;
    for (const Task& task : of.tasks) {
        if (task.is_completed()) ++completed;
        if (task.assigned_to) people.insert(*task.assigned_to);
        const auto story = stories.find(task.task_id);
        const bool changed = story != stories.end();
        if (changed) ++updated;
        if (!changed && task.is_completed()) continue;
        by_person[task.assigned_to.value_or(kTaskUnassigned)].push_back(
            entry_of(task, changed ? &story->second : nullptr, now));
    }
    json::array entries;
    for (auto& [person, tasks] : by_person) {
        entries.push_back(json::object{{"assigned_to", person}, {"tasks", std::move(tasks)}});
    }
    const int total = static_cast<int>(of.tasks.size());
    const std::string day = format_date(date);
    DailyReport report;
    report.tasks_updated = updated;
    report.note = {
        {"project_id", of.sprint.project_id},
        {"sprint_id", of.sprint.sprint_id},
        {"report_date", day},
        {"summary",
         fmt::format("Daily scrum of sprint {}: {} of {} tasks changed since the last report, {} "
                     "completed, {} pending.",
                     of.sprint.sprint_id, updated, total, completed, total - completed)},
        {"summary_metrics",
         {{"total_team_members", people.size()},
          {"total_tasks", total},
          {"completed_tasks", completed},
          {"pending_tasks", total - completed}}},
        {"reports", {{day, std::move(entries)}}},
    };
    return report;
}

std::string daily_report_event_id(const std::string& sprint_id, Date date) {
    return uuid_shaped(fmt::format("daily_scrum_report/{}/{}", format_date(date), sprint_id));
}

std::string retrospective_event_id(const std::string& sprint_id) {
    return uuid_shaped("sprint_retrospective/" + sprint_id);
}

}  // namespace dsm::sprint

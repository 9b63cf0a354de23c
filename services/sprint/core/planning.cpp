// Numbering and round-robin assignment.
#include "services/sprint/core/planning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dsm::sprint {
namespace {

constexpr std::size_t kLeastDigits = 2;

}  // namespace

std::string sprint_id_of(std::string_view project_id, std::int64_t number) {
    return fmt::format("{}-S{:0{}}", project_id, number, kLeastDigits);
}

std::int64_t sprint_number(std::string_view project_id, std::string_view sprint_id) {
    if (!sprint_id.starts_with(project_id)) return 0;
    sprint_id.remove_prefix(project_id.size());
    if (!sprint_id.starts_with("-S")) return 0;
    sprint_id.remove_prefix(2);
    if (sprint_id.size() < kLeastDigits) return 0;
    std::int64_t number = 0;
    const auto [end, error] =
        std::from_chars(sprint_id.data(), sprint_id.data() + sprint_id.size(), number);
    const bool whole = error == std::errc() && end == sprint_id.data() + sprint_id.size();
    return whole && number > 0 && number < INT64_MAX ? number : 0;
}

std::int64_t next_sprint_number(std::string_view project_id,
                                const std::vector<std::string>& sprint_ids) {
    std::int64_t highest = 0;
    for (const std::string& id : sprint_ids) {
        highest = std::max(highest, sprint_number(project_id, id));
    }
    return highest + 1;
}

std::vector<Task> plan_tasks(std::vector<Task> candidates, std::vector<std::string> team,
                             std::size_t max_tasks, Assignment assignment) {
    std::ranges::sort(candidates, {}, &Task::task_id);
    candidates.resize(std::min(candidates.size(), max_tasks));
    std::ranges::sort(team);
    std::size_t wheel = 0;
    for (Task& task : candidates) {
        task.status = kTaskAssigned;
        const bool wants = assignment == Assignment::kToPeople && !task.assigned_to;
        if (wants && !team.empty()) task.assigned_to = team[wheel++ % team.size()];
    }
    return candidates;
}

Date end_of_sprint(Date start, int weeks) {
    return start + std::chrono::days(7 * weeks);
}

}  // namespace dsm::sprint

// The words of sprint statuses.
#include "services/sprint/core/sprint.hpp"

#include <algorithm>

namespace dsm::sprint {

const char* text_of(SprintStatus status) {
    switch (status) {
        case SprintStatus::kCompleted:
            return "completed";
        case SprintStatus::kClosedWithPendingTasks:
            return "closed_with_pending_tasks";
        case SprintStatus::kInProgress:
            break;
    }
    return "in_progress";
}

std::optional<SprintStatus> parse_sprint_status(std::string_view text) {
    for (const auto status : {SprintStatus::kInProgress, SprintStatus::kCompleted,
                              SprintStatus::kClosedWithPendingTasks}) {
        if (text == text_of(status)) return status;
    }
    return std::nullopt;
}

SprintStatus status_at_close(const std::vector<Task>& tasks) {
    return std::ranges::all_of(tasks, &Task::is_completed) ? SprintStatus::kCompleted
                                                           : SprintStatus::kClosedWithPendingTasks;
}

BacklogEntry backlog_entry_of(const Sprint& sprint, const Task& task) {
    BacklogEntry entry{.task_id = task.task_id,
                       .status = task.status,
                       .progress_percentage = task.progress_percentage,
                       .assigned_to = task.assigned_to,
                       .sprint_id = sprint.sprint_id};
    if (sprint.status != SprintStatus::kInProgress && !task.is_completed()) {
        entry.status = kTaskUnassigned;
        entry.sprint_id.reset();
    }
    return entry;
}

}  // namespace dsm::sprint

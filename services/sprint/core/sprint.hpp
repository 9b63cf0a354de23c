// Sprints and the tasks in them, as this service keeps them (contract sections 5 and 9).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/time.hpp"

namespace dsm::sprint {

enum class SprintStatus { kInProgress, kCompleted, kClosedWithPendingTasks };

/// "in_progress", "completed", "closed_with_pending_tasks".
const char* text_of(SprintStatus status);
std::optional<SprintStatus> parse_sprint_status(std::string_view text);

struct Sprint {
    std::string sprint_id;
    std::string project_id;
    std::string sprint_name;
    Date start_date;
    Date end_date;
    int duration_weeks = 0;
    SprintStatus status = SprintStatus::kInProgress;
};

/// Task statuses. Text, because imported tasks may carry others.
inline constexpr const char* kTaskUnassigned = "unassigned";
inline constexpr const char* kTaskAssigned = "assigned_to_sprint";
inline constexpr const char* kTaskInProgress = "in_progress";
inline constexpr const char* kTaskCompleted = "completed";

struct Task {
    std::string task_id;
    std::string title;
    std::string status;
    int progress_percentage = 0;
    std::optional<std::string> assigned_to;

    bool is_completed() const { return status == kTaskCompleted; }
};

struct SprintWithTasks {
    Sprint sprint;
    std::vector<Task> tasks;  ///< by task_id
};

/// Completed when no task is open; pending tasks are said so.
SprintStatus status_at_close(const std::vector<Task>& tasks);

/// What the backlog should say of a task.
struct BacklogEntry {
    std::string task_id;
    std::string status;
    int progress_percentage = 0;
    std::optional<std::string> assigned_to;
    std::optional<std::string> sprint_id;
    /// At least so new is this state: the backlog keeps what it knows to be newer.
    std::optional<Instant> updated_at;
};

/// `sprint` is the latest that holds the task. An open task of a closed sprint is back in the
/// backlog and keeps its assignee and progress.
BacklogEntry backlog_entry_of(const Sprint& sprint, const Task& task);

}  // namespace dsm::sprint

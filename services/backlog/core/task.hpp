// A task of a backlog, and the rules by which requests and events change it. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/time.hpp"

namespace dsm::backlog {

inline constexpr std::string_view kUnassigned = "unassigned";
inline constexpr std::string_view kAssignedToSprint = "assigned_to_sprint";

struct Task {
    std::string id;
    std::string project_id;
    std::string title;
    std::string description;
    std::string status{kUnassigned};
    std::optional<std::string> assigned_to;
    std::optional<std::string> sprint_id;
    std::int64_t progress_percentage = 0;

    bool operator==(const Task&) const = default;
};

/// A task and since when its status, sprint and progress are as they are: the time of the request
/// or of the event that set them, nothing when they never changed.
struct DatedTask {
    Task task;
    std::optional<Instant> state_at;

    bool operator==(const DatedTask&) const = default;
};

/// What a request changes; an absent value leaves the field as it is.
struct TaskChange {
    std::optional<std::string> title;
    std::optional<std::string> description;
    std::optional<std::string> status;
    std::optional<std::string> assigned_to;
    std::optional<std::string> sprint_id;
    bool clear_sprint = false;
    std::optional<std::int64_t> progress_percentage;
    std::optional<Instant> updated_at;  ///< when it became so, if the caller says; else now

    /// True when it names no field to change.
    bool empty() const;
};

/// A status of `unassigned` that names no sprint clears the sprint too (contract section 4).
/// Status, sprint and progress that a caller dates before those we know are left out.
void apply(const TaskChange& change, Instant now, DatedTask& task);

/// `task` was taken by a sprint that began at `at`.
struct TakenBySprint {
    std::string sprint_id;
    Instant at;
};

/// True when it changed the task. Never over what was set later, and never back to
/// assigned_to_sprint in the sprint that the task is already in.
bool apply(const TakenBySprint& event, DatedTask& task);

/// Somebody worked on a task in a sprint.
struct TaskUpdated {
    std::string task_id;
    std::optional<std::string> sprint_id;
    std::string status;
    std::int64_t progress_percentage = 0;
    Instant updated_at;
};

/// True when it was applied: status and progress, and the sprint it was done in, never older over
/// newer.
bool apply(const TaskUpdated& event, DatedTask& task);

struct Summary {
    std::string project_id;
    std::int64_t total = 0;
    std::map<std::string, std::int64_t> status_counts;
    std::int64_t unassigned_for_sprint = 0;  ///< status `unassigned` and no sprint
};

/// The ten tasks that a generated backlog begins with: `{project}-TASK001` to `-TASK010`.
std::vector<Task> sample_tasks(const std::string& project_id);

/// `{project}-TASK{number}`, at least three digits.
std::string task_id(const std::string& project_id, std::int64_t number);

/// False for a project whose id is so long that the ids made of it would be none (contract section
/// 1: at most 255 characters).
bool can_number_tasks(const std::string& project_id);

/// The number in an id that `task_id` made for this project; nullopt for any other.
std::optional<std::int64_t> task_number(const std::string& project_id, std::string_view id);

}  // namespace dsm::backlog

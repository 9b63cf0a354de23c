// How a task's status follows its progress (contract sections 5 and 9).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "services/sprint/core/sprint.hpp"

namespace dsm::sprint {

/// What somebody says about a task; what is not given stays.
struct ProgressUpdate {
    std::optional<std::string> status;
    std::optional<int> progress_percentage;  ///< 0 to 100
};

/// Progress decides: over 0 the task is in progress, at 100 completed, at 0 its status stays (or is
/// what was given). A status alone is taken as it is, but undoes no completed task; completed means
/// 100.
Task after(Task task, const ProgressUpdate& update);

/// How many different steps `simulated_progress` can take.
inline constexpr std::uint64_t kSimulatedSteps = 26;

/// Progress for demonstrations: 5 points and `step` (0 to kSimulatedSteps - 1) more, at most 100;
/// nothing for a completed task.
std::optional<ProgressUpdate> simulated_progress(const Task& task, std::uint64_t step);

/// One change of one task, as the log keeps it.
struct TaskChange {
    std::string task_id;
    std::string old_status;
    std::string new_status;
    int old_progress = 0;
    int new_progress = 0;
    std::optional<std::string> employee_id;  ///< who said so, where known
    std::optional<std::string> yesterday_work;
    std::optional<std::string> today_work;
    std::optional<std::string> impediments;
};

}  // namespace dsm::sprint

// The one place where a status is derived from a percentage.
#include "services/sprint/core/progress.hpp"

#include <algorithm>

namespace dsm::sprint {

Task after(Task task, const ProgressUpdate& update) {
    // A word alone takes no finished work back; a percentage below 100 does.
    const bool undoes = task.is_completed() && !update.progress_percentage;
    if (update.status && !undoes) task.status = *update.status;
    if (update.progress_percentage) {
        task.progress_percentage = *update.progress_percentage;
        if (task.progress_percentage >= 100) {
            task.status = kTaskCompleted;
        } else if (task.progress_percentage > 0) {
            task.status = kTaskInProgress;
        }
        return task;
    }
    if (task.is_completed()) task.progress_percentage = 100;
    return task;
}

std::optional<ProgressUpdate> simulated_progress(const Task& task, std::uint64_t step) {
    constexpr int kLeastStep = 5;
    if (task.is_completed()) return std::nullopt;
    const int progress = task.progress_percentage + kLeastStep + static_cast<int>(step);
    return ProgressUpdate{.progress_percentage = std::min(100, progress)};
}

}  // namespace dsm::sprint

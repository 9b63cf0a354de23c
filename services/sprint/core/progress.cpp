// The one place where a status is derived from a percentage.
#include "services/sprint/core/progress.hpp"

namespace dsm::sprint {

Task after(Task task, const ProgressUpdate& update) {
    if (update.status) task.status = *update.status;
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

}  // namespace dsm::sprint

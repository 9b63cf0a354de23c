#include "services/sprint/core/progress.hpp"

#include <gtest/gtest.h>

namespace dsm::sprint {
namespace {

struct Row {
    const char* sentence;
    std::string status;
    int progress = 0;
    ProgressUpdate update;
    std::string new_status;
    int new_progress = 0;
};

TEST(Progress, DecidesTheStatusAndAWordAloneUndoesNoFinishedWork) {
    const Row rows[] = {
        {.sentence = "0 keeps the status",
         .status = "assigned_to_sprint",
         .update = {.progress_percentage = 0},
         .new_status = "assigned_to_sprint"},
        {.sentence = "some is in progress, whatever was said",
         .status = "assigned_to_sprint",
         .update = {.status = "completed", .progress_percentage = 40},
         .new_status = "in_progress",
         .new_progress = 40},
        {.sentence = "all is completed",
         .status = "in_progress",
         .progress = 40,
         .update = {.progress_percentage = 100},
         .new_status = "completed",
         .new_progress = 100},
        {.sentence = "a word alone is taken",
         .status = "assigned_to_sprint",
         .update = {.status = "blocked"},
         .new_status = "blocked"},
        {.sentence = "completed means all",
         .status = "in_progress",
         .progress = 40,
         .update = {.status = "completed"},
         .new_status = "completed",
         .new_progress = 100},
        {.sentence = "a word alone undoes no completed task",
         .status = "completed",
         .progress = 100,
         .update = {.status = "in_progress"},
         .new_status = "completed",
         .new_progress = 100},
        {.sentence = "a percentage does",
         .status = "completed",
         .progress = 100,
         .update = {.status = "in_progress", .progress_percentage = 80},
         .new_status = "in_progress",
         .new_progress = 80},
    };
    for (const Row& row : rows) {
        const Task task{.task_id = "T",
                        .title = "t",
                        .status = row.status,
                        .progress_percentage = row.progress,
                        .assigned_to = std::nullopt};

        const Task changed = after(task, row.update);

        EXPECT_EQ(changed.status, row.new_status) << row.sentence;
        EXPECT_EQ(changed.progress_percentage, row.new_progress) << row.sentence;
    }
}

}  // namespace
}  // namespace dsm::sprint

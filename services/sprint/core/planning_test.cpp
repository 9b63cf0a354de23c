// Numbers, tasks and assignees of a new sprint.
#include "services/sprint/core/planning.hpp"

#include <gtest/gtest.h>

#include "services/sprint/core/progress.hpp"

namespace dsm::sprint {
namespace {

std::vector<Task> tasks_named(const std::vector<std::string>& ids) {
    std::vector<Task> tasks;
    for (const std::string& id : ids) tasks.push_back({.task_id = id, .status = kTaskUnassigned});
    return tasks;
}

TEST(SprintNumber, CountsOnlyIdsOfThisProject) {
    struct Row {
        const char* project;
        const char* sprint;
        std::int64_t number;
    };
    const std::vector<Row> rows{
        {"P", "P-S01", 1},
        {"P", "P-S123", 123},
        {"P", "P-S1", 0},
        {"P", "PP-S05", 0},
        {"P", "P-S", 0},
        {"P", "P-Sx1", 0},
        {"P", "P-S1x", 0},
        {"P", "P-S-1", 0},
        {"P", "P-S+1", 0},
        {"P", "P-S00", 0},
        {"P", "p-S01", 0},
        {"a-b", "a-b-S07", 7},
        {"a", "a-b-S07", 0},
        {"P", "P-S-12", 0},
        {"P", "P-S9223372036854775807", 0},
        {"P", "P-S9223372036854775806", INT64_MAX - 1},
        {"P", "P-S99999999999999999999", 0},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(sprint_number(row.project, row.sprint), row.number) << row.sprint;
    }
}

TEST(SprintNumber, IsOneMoreThanTheHighestAndHasTwoDigits) {
    EXPECT_EQ(next_sprint_number("P", {}), 1);
    EXPECT_EQ(next_sprint_number("P", {"P-S02", "P-S11", "Q-S40"}), 12);
    EXPECT_EQ(sprint_id_of("P", 1), "P-S01");
    EXPECT_EQ(sprint_id_of("P", 99), "P-S99");
    EXPECT_EQ(sprint_id_of("P", 100), "P-S100");
}

TEST(PlanTasks, TurnsTheWheelOnlyForTasksThatNobodyHas) {
    auto candidates = tasks_named({"T4", "T1", "T3", "T2"});
    candidates[3].assigned_to = "E9";

    const auto planned = plan_tasks(candidates, {"E2", "E1"}, 10, Assignment::kToPeople);

    std::vector<std::string> assignees;
    for (const Task& task : planned) assignees.push_back(task.task_id + task.assigned_to.value());
    EXPECT_EQ(assignees, (std::vector<std::string>{"T1E1", "T2E9", "T3E2", "T4E1"}));
}

TEST(PlanTasks, TakesNoMoreThanItMayAndLeavesNobodyWithoutATeam) {
    const auto few = plan_tasks(tasks_named({"T2", "T1", "T3"}), {}, 2, Assignment::kToPeople);
    const auto none = plan_tasks(tasks_named({"T1"}), {"E1"}, 2, Assignment::kNone);

    ASSERT_EQ(few.size(), 2U);
    EXPECT_EQ(few[0].task_id, "T1");
    EXPECT_EQ(few[1].task_id, "T2");
    EXPECT_FALSE(few[0].assigned_to);
    EXPECT_FALSE(none[0].assigned_to);
    EXPECT_EQ(none[0].status, kTaskAssigned);
}

TEST(StatusAtClose, IsCompletedOnlyWhenNoTaskIsOpen) {
    const Task done{.task_id = "A", .status = kTaskCompleted, .progress_percentage = 100};
    const Task open{.task_id = "B", .status = kTaskInProgress, .progress_percentage = 99};

    EXPECT_EQ(status_at_close({done, done}), SprintStatus::kCompleted);
    EXPECT_EQ(status_at_close({done, open}), SprintStatus::kClosedWithPendingTasks);
    EXPECT_EQ(status_at_close({}), SprintStatus::kCompleted);
}

TEST(SimulatedProgress, IsFiveToThirtyPointsAndNeverOverAHundred) {
    Task task{.task_id = "A", .status = kTaskInProgress, .progress_percentage = 40};
    EXPECT_EQ(simulated_progress(task, 0)->progress_percentage, 45);
    EXPECT_EQ(simulated_progress(task, kSimulatedSteps - 1)->progress_percentage, 70);

    task.progress_percentage = 90;
    EXPECT_EQ(simulated_progress(task, kSimulatedSteps - 1)->progress_percentage, 100);

    task.status = kTaskCompleted;
    EXPECT_FALSE(simulated_progress(task, 0));
}

TEST(EndOfSprint, IsWholeWeeksAfterItsStart) {
    EXPECT_EQ(format_date(end_of_sprint(*parse_date("2025-08-24"), 2)), "2025-09-07");
    EXPECT_EQ(format_date(end_of_sprint(*parse_date("2024-02-20"), 2)), "2024-03-05");
}

TEST(BacklogEntry, GivesOnlyTheOpenTasksOfAClosedSprintBack) {
    Sprint sprint{.sprint_id = "P-S01", .status = SprintStatus::kInProgress};
    Task task{.task_id = "T", .status = kTaskInProgress, .progress_percentage = 40};
    task.assigned_to = "E1";

    EXPECT_EQ(backlog_entry_of(sprint, task).sprint_id, "P-S01");
    sprint.status = SprintStatus::kClosedWithPendingTasks;
    const auto open = backlog_entry_of(sprint, task);
    EXPECT_EQ(open.status, kTaskUnassigned);
    EXPECT_FALSE(open.sprint_id);
    EXPECT_EQ(open.assigned_to, "E1");
    EXPECT_EQ(open.progress_percentage, 40);
    task.status = kTaskCompleted;
    EXPECT_EQ(backlog_entry_of(sprint, task).status, kTaskCompleted);
}

}  // namespace
}  // namespace dsm::sprint

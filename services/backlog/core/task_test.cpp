// What requests and events make of a task, whichever arrives first.
#include "services/backlog/core/task.hpp"

#include <gtest/gtest.h>

namespace dsm::backlog {
namespace {

Instant at(int minute) {
    return Instant(std::chrono::minutes(minute));
}

DatedTask task_in(const char* status, std::optional<std::string> sprint,
                  std::optional<Instant> since = std::nullopt) {
    DatedTask dated;
    dated.task = {.id = "T1", .project_id = "P1", .title = "t", .status = status};
    dated.task.sprint_id = std::move(sprint);
    dated.state_at = since;
    return dated;
}

TEST(TaskChange, ChangesOnlyWhatItNames) {
    DatedTask dated = task_in("in_progress", "S1", at(1));

    apply({.title = "new", .assigned_to = "E1"}, at(5), dated);

    EXPECT_EQ(dated.task.title, "new");
    EXPECT_EQ(dated.task.assigned_to, "E1");
    EXPECT_EQ(dated.task.sprint_id, "S1");
    EXPECT_EQ(dated.state_at, at(1));
}

TEST(TaskChange, TakesATaskOutOfItsSprint) {
    DatedTask cleared = task_in("in_progress", "S1");
    DatedTask unassigned = task_in("in_progress", "S1");
    DatedTask moved = task_in("in_progress", "S1");

    apply({.clear_sprint = true}, at(5), cleared);
    apply({.status = "unassigned"}, at(5), unassigned);
    apply({.status = "unassigned", .sprint_id = "S2"}, at(5), moved);

    EXPECT_EQ(cleared, task_in("in_progress", std::nullopt, at(5)));
    EXPECT_EQ(unassigned, task_in("unassigned", std::nullopt, at(5)));
    EXPECT_EQ(moved, task_in("unassigned", "S2", at(5)));
}

TEST(TaskChange, LeavesNewerStateAloneWhenItsCallerIsLate) {
    DatedTask dated = task_in("completed", "S1", at(9));

    apply({.title = "new", .status = "assigned_to_sprint", .updated_at = at(5)}, at(10), dated);

    EXPECT_EQ(dated.task.title, "new");
    EXPECT_EQ(dated.task.status, "completed");
    EXPECT_EQ(dated.state_at, at(9));
}

struct TakenCase {
    const char* sentence;
    DatedTask before;
    DatedTask after;
};

TEST(TakenBySprint, NeverUndoesWhatIsNewer) {
    const TakenCase cases[] = {
        {"a free task is taken", task_in("unassigned", std::nullopt),
         task_in("assigned_to_sprint", "S1", at(5))},
        {"a task that another sprint gave back is taken",
         task_in("unassigned", std::nullopt, at(4)), task_in("assigned_to_sprint", "S1", at(5))},
        {"a task that is already worked on in the sprint stays",
         task_in("in_progress", "S1", at(5)), task_in("in_progress", "S1", at(5))},
        {"a task that the sprint's end gave back stays free",
         task_in("unassigned", std::nullopt, at(6)), task_in("unassigned", std::nullopt, at(6))},
    };

    for (const TakenCase& row : cases) {
        DatedTask dated = row.before;
        const bool changed = apply(TakenBySprint{"S1", at(5)}, dated);
        EXPECT_EQ(dated, row.after) << row.sentence;
        EXPECT_EQ(changed, !(row.before == row.after)) << row.sentence;
    }
}

TEST(TaskUpdated, AppliesNeverOlderOverNewer) {
    DatedTask dated = task_in("assigned_to_sprint", "S1", at(5));
    const auto update = [](const char* status, std::int64_t progress, int minute) {
        return TaskUpdated{.task_id = "T1",
                           .sprint_id = "S1",
                           .status = status,
                           .progress_percentage = progress,
                           .updated_at = at(minute)};
    };

    EXPECT_TRUE(apply(update("completed", 100, 8), dated));
    EXPECT_FALSE(apply(update("in_progress", 40, 7), dated));
    EXPECT_EQ(dated.task.status, "completed");
    EXPECT_EQ(dated.task.progress_percentage, 100);
    EXPECT_TRUE(apply(update("in_progress", 90, 8), dated));
    EXPECT_EQ(dated.task.progress_percentage, 90);
}

TEST(TaskUpdated, SaysInWhichSprintTheTaskIs) {
    DatedTask early = task_in("unassigned", std::nullopt);
    DatedTask late = task_in("in_progress", "S1", at(5));

    apply({.task_id = "T1", .sprint_id = "S1", .status = "in_progress", .updated_at = at(6)},
          early);
    apply({.task_id = "T1", .sprint_id = "S1", .status = "unassigned", .updated_at = at(6)}, late);

    EXPECT_EQ(early.task.sprint_id, "S1");
    EXPECT_EQ(late.task.sprint_id, std::nullopt);
}

TEST(TaskId, CountsOnWithinItsProject) {
    EXPECT_EQ(task_id("P1", 1), "P1-TASK001");
    EXPECT_EQ(task_id("P1", 1000), "P1-TASK1000");
    EXPECT_TRUE(can_number_tasks(std::string(247, 'P')));
    EXPECT_FALSE(can_number_tasks(std::string(248, 'P')));
    EXPECT_EQ(task_number("P1", "P1-TASK017"), 17);
    EXPECT_EQ(task_number("P1", "P10-TASK017"), std::nullopt);
    EXPECT_EQ(task_number("P1", "P1-TASK17"), std::nullopt);
    EXPECT_EQ(task_number("P1", "P1-TASK-17"), std::nullopt);
    EXPECT_EQ(task_number("P1", "P1-TASK01x"), std::nullopt);
    EXPECT_EQ(task_number("P1", "P1-TASK99999999999999999999"), std::nullopt);
}

TEST(SampleTasks, AreTenFreeOnes) {
    const auto tasks = sample_tasks("P1");

    ASSERT_EQ(tasks.size(), 10U);
    EXPECT_EQ(tasks.front().id, "P1-TASK001");
    EXPECT_EQ(tasks.back().id, "P1-TASK010");
    for (const Task& task : tasks) {
        EXPECT_EQ(task.status, "unassigned");
        EXPECT_FALSE(task.title.empty());
        EXPECT_FALSE(task.description.empty());
    }
}

}  // namespace
}  // namespace dsm::backlog

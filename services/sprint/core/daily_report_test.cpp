// What a daily report says about tasks that changed, and about those that did not.
#include "services/sprint/core/daily_report.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace dsm::sprint {
namespace {

const Date kDay = *parse_date("2025-09-03");
const Instant kNow = *parse_rfc3339("2025-09-03T14:00:00Z");

Task task(const std::string& id, const char* status, int progress, const char* person) {
    Task made{.task_id = id, .status = status, .progress_percentage = progress};
    if (person != nullptr) made.assigned_to = person;
    return made;
}

SprintWithTasks sprint_of(std::vector<Task> tasks) {
    return {{.sprint_id = "P-S01", .project_id = "P"}, std::move(tasks)};
}

TEST(DailyReport, OfASprintWithoutTasksIsStillAReport) {
    const auto report = compile_daily_report(sprint_of({}), {}, kDay, kNow);

    EXPECT_EQ(report.tasks_updated, 0);
    EXPECT_EQ(report.note.at("reports"),
              boost::json::value({{"2025-09-03", boost::json::array{}}}));
    EXPECT_EQ(report.note.at("summary_metrics").at("total_tasks"), 0);
}

TEST(DailyReport, FoldsAllChangesOfATaskIntoOneEntry) {
    const std::vector<TaskChange> changes{
        {.task_id = "T1",
         .old_status = kTaskAssigned,
         .new_status = kTaskInProgress,
         .new_progress = 20,
         .yesterday_work = "Began"},
        {.task_id = "T1",
         .old_status = kTaskInProgress,
         .new_status = kTaskInProgress,
         .old_progress = 20,
         .new_progress = 50,
         .yesterday_work = "Went on",
         .today_work = "Finish",
         .impediments = "Noise"},
    };

    const auto report = compile_daily_report(sprint_of({task("T1", kTaskInProgress, 50, "E1")}),
                                             changes, kDay, kNow);

    const auto& entry = report.note.at("reports").at("2025-09-03").at(0).at("tasks").at(0);
    EXPECT_EQ(report.tasks_updated, 1);
    EXPECT_EQ(entry, boost::json::value({{"id", "T1"},
                                         {"yesterday_work", "Began; Went on"},
                                         {"today_work", "Finish"},
                                         {"impediments", "Noise"},
                                         {"created_at", "2025-09-03T14:00:00Z"}}));
}

TEST(DailyReport, LeavesOutWhatWasCompletedBeforeAndKeepsWhatIsOpen) {
    const auto report = compile_daily_report(
        sprint_of({task("T1", kTaskCompleted, 100, "E1"), task("T2", kTaskAssigned, 0, nullptr),
                   task("T3", kTaskInProgress, 30, "E1")}),
        {}, kDay, kNow);

    const auto& people = report.note.at("reports").at("2025-09-03").as_array();
    ASSERT_EQ(people.size(), 2U);
    EXPECT_EQ(people[0].at("assigned_to"), "E1");
    EXPECT_EQ(people[0].at("tasks").as_array().size(), 1U);
    EXPECT_EQ(people[0].at("tasks").at(0).at("today_work"), "Continue at 30%");
    EXPECT_EQ(people[1].at("assigned_to"), "unassigned");
    EXPECT_EQ(people[1].at("tasks").at(0).at("yesterday_work"), "No change recorded");
    EXPECT_EQ(report.note.at("summary_metrics").at("completed_tasks"), 1);
}

TEST(DailyReport, HasOneEventIdASprintAndDate) {
    const std::string id = daily_report_event_id("P-S01", kDay);

    EXPECT_EQ(id, daily_report_event_id("P-S01", kDay));
    EXPECT_EQ(id.size(), 36U);
    EXPECT_NE(id, daily_report_event_id("P-S02", kDay));
    EXPECT_NE(id, daily_report_event_id("P-S01", kDay + std::chrono::days(1)));
    EXPECT_NE(id, retrospective_event_id("P-S01"));
}

}  // namespace
}  // namespace dsm::sprint

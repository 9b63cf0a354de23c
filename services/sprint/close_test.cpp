// Progress, the end of a sprint, and what remains of it.
#include <thread>

#include "services/sprint/sprint_world_test.hpp"

namespace dsm::sprint {
namespace {

using testing::eventually;

class CloseSprint : public SprintWorld {};

TEST_F(CloseSprint, RefusesWhatIsNotInProgress) {
    const auto wire = start();
    const std::string id = start_sprint(wire);
    EXPECT_EQ(wire.post("/sprints/" + id + "/close").status, 200);

    const auto again = wire.post("/sprints/" + id + "/close");
    const auto unknown = wire.post("/sprints/P-S09/close");

    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(detail_of(again), json::string("Sprint P-S01 is not in 'in_progress' status. Current "
                                             "status: closed_with_pending_tasks"));
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(detail_of(unknown), json::string("Sprint P-S09 not found."));
}

TEST_F(CloseSprint, GivesOpenTasksBackAndKeepsHistory) {
    const auto wire = start();
    const std::string id = start_sprint(wire, 3);
    wire.post("/tasks/P-T01/progress", {{"progress_percentage", 100}});
    wire.post("/tasks/P-T02/progress", {{"progress_percentage", 50}});

    const auto reply = wire.post("/sprints/" + id + "/close");

    ASSERT_EQ(reply.status, 200) << reply.body;
    const auto body = reply.json();
    EXPECT_EQ(body.at("message"), json::string("Sprint closure processed for P-S01."));
    EXPECT_EQ(body.at("status_updated_to"), json::string("closed_with_pending_tasks"));
    EXPECT_EQ(body.at("completed_tasks_count"), 1);
    EXPECT_EQ(body.at("uncompleted_tasks_moved_to_backlog_count"), 2);
    // The answer waits for the backlog, so that the next sprint finds its tasks.
    const auto open = backlog_.task("P-T02");
    EXPECT_EQ(open.at("status"), json::string("unassigned"));
    EXPECT_TRUE(open.at("sprint_id").is_null());
    EXPECT_EQ(open.at("progress_percentage"), 50);
    EXPECT_EQ(open.at("assigned_to"), json::string("E2"));
    EXPECT_EQ(backlog_.task("P-T01").at("status"), json::string("completed"));
    EXPECT_EQ(wire.get("/sprints/P-S01/task-summary").json(),
              json::value({{"total_tasks", 3}, {"completed_tasks", 1}, {"pending_tasks", 2}}));
    EXPECT_EQ(wire.post("/tasks/P-T02/progress", {{"progress_percentage", 60}}).status, 404);
    EXPECT_EQ(wire.get("/sprints/active/P").status, 404);
    EXPECT_EQ(wire.post("/sprints/P", {{"sprint_name", "Two"}, {"duration_weeks", 2}})
                  .json()
                  .at("sprint_id"),
              json::string("P-S02"));
}

TEST_F(CloseSprint, WritesOneRetrospectiveOfManyClosuresAtOnce) {
    const auto wire = start();
    const std::string id = start_sprint(wire, 2);
    std::vector<int> statuses(8);
    json::string report_id;
    {
        std::vector<std::jthread> callers;
        for (int& status : statuses) {
            callers.emplace_back([&] {
                const auto reply = wire.post("/sprints/" + id + "/close");
                status = reply.status;
                if (status == 200) {
                    report_id = reply.json().at("retrospective_report_id").as_string();
                }
            });
        }
    }

    EXPECT_EQ(std::ranges::count(statuses, 200), 1);
    EXPECT_EQ(std::ranges::count(statuses, 409), 7);
    ASSERT_TRUE(eventually([&] { return events_on("dsm:events").size() == 2; }));
    ASSERT_TRUE(eventually([&] { return chronicle_.notes("sprint_retrospective").size() == 1; }));
    const auto note = chronicle_.notes("sprint_retrospective").at(0);
    EXPECT_EQ(note.at("key"), json::value(report_id));
    EXPECT_EQ(note.at("tasks_summary").as_array().size(), 2U);
    EXPECT_EQ(note.at("attendees"), json::value({"E1", "E2"}));
    EXPECT_EQ(events_on("dsm:events").at(1).at("event_type"), json::string("SprintClosed"));
}

TEST_F(CloseSprint, DoesNotWaitForANeighbourThatIsDown) {
    const auto wire = start();
    const std::string id = start_sprint(wire, 1);
    ASSERT_TRUE(eventually([&] { return !backlog_.task("P-T01").at("sprint_id").is_null(); }));
    backlog_server_.hang(true);
    chronicle_server_.hang(true);

    EXPECT_EQ(wire.post("/sprints/" + id + "/close").status, 200);

    backlog_server_.hang(false);
    chronicle_server_.hang(false);
    EXPECT_TRUE(eventually([&] {
        return backlog_.task("P-T01").at("status") == json::string("unassigned") &&
               chronicle_.notes("sprint_retrospective").size() == 1;
    }));
}

// An earlier implementation closed a sprint without tasks as finished.
using Mistake16 = CloseSprint;

TEST_F(Mistake16, ASprintIsNeverClosedByItselfNotEvenWithoutTasks) {
    const auto wire = start();
    const json::value sprint{{"sprint_id", "P-S01"},     {"project_id", "P"},
                             {"sprint_name", "Empty"},   {"start_date", "2025-08-01"},
                             {"end_date", "2025-08-15"}, {"duration_weeks", 2},
                             {"status", "in_progress"}};
    ASSERT_EQ(wire.post("/workspace", {{"sprints", json::array{sprint}}}).status, 200);

    const auto held = wire.post("/sprints/P-S01/run-daily-scrum");

    EXPECT_EQ(held.status, 200) << held.body;
    EXPECT_EQ(held.json().at("tasks_updated_count"), 0);
    EXPECT_EQ(wire.get("/sprints/P-S01").json().at("sprint").at("status"),
              json::string("in_progress"));
    const auto closed = wire.post("/sprints/P-S01/close");
    EXPECT_EQ(closed.json().at("status_updated_to"), json::string("completed"));
}

TEST_F(CloseSprint, ProgressDecidesTheStatus) {
    const auto wire = start();
    start_sprint(wire, 1);
    struct Row {
        json::object body;
        const char* status;
        int progress;
    };
    const std::vector<Row> rows{
        {{{"progress_percentage", 0}}, "assigned_to_sprint", 0},
        {{{"progress_percentage", "35"}}, "in_progress", 35},
        {{{"progress_percentage", 0}}, "in_progress", 0},
        {{{"progress_percentage", 100}, {"status", "in_progress"}}, "completed", 100},
        {{{"status", "in_progress"}, {"progress_percentage", 80}}, "in_progress", 80},
        {{{"status", "completed"}}, "completed", 100},
    };
    for (const Row& row : rows) {
        const auto reply = wire.post("/tasks/P-T01/progress", row.body);

        EXPECT_EQ(reply.json(), json::value({{"message",
                                              "Task P-T01 progress updated successfully "
                                              "in SprintDB"}}));
        const auto task = wire.get("/sprints/P-S01/tasks").json().at(0);
        EXPECT_EQ(task.at("status"), json::string(row.status)) << json::serialize(row.body);
        EXPECT_EQ(task.at("progress_percentage"), row.progress) << json::serialize(row.body);
    }
    EXPECT_EQ(wire.post("/tasks/P-T01/progress", {{"progress_percentage", 101}}).status, 422);
    EXPECT_EQ(wire.post("/tasks/P-T01/progress", json::object{}).status, 422);
    EXPECT_EQ(wire.post("/tasks/P-T01/progress", {{"status", "unassigned"}}).status, 422);
    const auto unknown = wire.post("/tasks/T9/progress", {{"progress_percentage", 1}});
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(detail_of(unknown), json::string("Task T9 not found in SprintDB."));
    EXPECT_TRUE(eventually([&] { return events_on("task_update_events").size() == rows.size(); }));
}

}  // namespace
}  // namespace dsm::sprint

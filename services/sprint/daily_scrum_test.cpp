// The daily scrum over the wire: one report a day, and "done" only when Chronicle has it.
#include <thread>

#include "services/sprint/sprint_world_test.hpp"

namespace dsm::sprint {
namespace {

using testing::eventually;
using namespace std::chrono_literals;

class DailyScrumOverTheWire : public SprintWorld {
protected:
    std::vector<json::object> reports() const { return chronicle_.notes("daily_scrum_report"); }
};

TEST_F(DailyScrumOverTheWire, IsNotHeldForWhatIsNoActiveSprint) {
    const auto wire = start();
    const std::string id = start_sprint(wire);
    wire.post("/sprints/" + id + "/close");

    for (const std::string& which : {std::string("P-S99"), std::string("a%2Fb"), id}) {
        const auto reply = wire.post("/sprints/" + which + "/run-daily-scrum");

        EXPECT_EQ(reply.status, 404) << which;
    }
    EXPECT_EQ(detail_of(wire.post("/sprints/P-S99/run-daily-scrum")),
              json::string("Active sprint P-S99 not found."));
    EXPECT_EQ(wire.post("/sprints/" + id + "/run-daily-scrum?progress=magic").status, 422);
}

TEST_F(DailyScrumOverTheWire, ReportsWhatHappenedToTheTasks) {
    const auto wire = start();
    const std::string id = start_sprint(wire, 3);
    wire.post("/tasks/P-T01/progress", {{"progress_percentage", 40}});
    wire.post("/tasks/P-T01/progress", {{"progress_percentage", 60}});
    wire.post("/tasks/P-T02/progress", {{"progress_percentage", 100}});

    const auto reply = wire.post("/sprints/" + id + "/run-daily-scrum");

    ASSERT_EQ(reply.status, 200) << reply.body;
    ASSERT_EQ(reports().size(), 1U);
    const auto note = reports().at(0);
    EXPECT_EQ(reply.json(),
              json::value({{"message", "Daily scrum process completed for sprint P-S01"},
                           {"sprint_id", "P-S01"},
                           {"tasks_updated_count", 2},
                           {"report_id", "id-of-" + std::string(note.at("key").as_string())}}));
    EXPECT_EQ(note.at("summary_metrics"), json::value({{"total_team_members", 2},
                                                       {"total_tasks", 3},
                                                       {"completed_tasks", 1},
                                                       {"pending_tasks", 2}}));
    const auto& people = note.at("reports").at("2025-09-03").as_array();
    ASSERT_EQ(people.size(), 2U);
    EXPECT_EQ(people[0].at("assigned_to"), json::string("E1"));
    EXPECT_EQ(people[0].at("tasks").at(0).at("yesterday_work"),
              json::string("Progress 0% to 60%, assigned_to_sprint to in_progress"));
    EXPECT_EQ(people[0].at("tasks").at(1).at("yesterday_work"), json::string("No change recorded"));
    EXPECT_EQ(people[1].at("tasks").at(0).at("today_work"), json::string("Completed"));
}

TEST_F(DailyScrumOverTheWire, IsHeldOnceADayAndAgainOnTheNext) {
    const auto wire = start();
    const std::string id = start_sprint(wire, 2);
    const std::string target = "/sprints/" + id + "/run-daily-scrum";
    const auto first = wire.post(target);
    wire.post("/tasks/P-T01/progress", {{"progress_percentage", 10}});

    const auto repeated = wire.post(target);
    EXPECT_EQ(repeated.json(), first.json());
    EXPECT_EQ(reports().size(), 1U);

    clock_.advance(24h);
    const auto next = wire.post(target);
    EXPECT_EQ(next.json().at("tasks_updated_count"), 1);
    EXPECT_NE(next.json().at("report_id"), first.json().at("report_id"));
    EXPECT_EQ(reports().size(), 2U);
}

TEST_F(DailyScrumOverTheWire, LeavesOneReportOfThirtyTwoCallsAtOnce) {
    const auto wire = start();
    const std::string id = start_sprint(wire);
    std::vector<testing::WireReply> replies(32);
    {
        std::vector<std::jthread> callers;
        for (auto& reply : replies) {
            callers.emplace_back([&] {
                reply = wire.post("/sprints/" + id + "/run-daily-scrum?progress=simulated");
            });
        }
    }

    for (const auto& reply : replies) {
        ASSERT_EQ(reply.status, 200) << reply.body;
        EXPECT_EQ(reply.json(), replies[0].json());
    }
    EXPECT_EQ(reports().size(), 1U);
    EXPECT_EQ(replies[0].json().at("tasks_updated_count"), 3);
}

TEST_F(DailyScrumOverTheWire, SaysSoWhileChronicleHasNoReportAndCanBeRepeated) {
    const auto wire = start();
    const std::string id = start_sprint(wire);
    const std::string target = "/sprints/" + id + "/run-daily-scrum";
    chronicle_server_.hang(true);

    const auto down = wire.post(target);
    chronicle_server_.hang(false);
    chronicle_.loses_answers = true;
    const auto lost = wire.post(target);
    chronicle_.loses_answers = false;
    const auto held = wire.post(target);

    EXPECT_EQ(down.status, 503);
    EXPECT_TRUE(detail_of(down).as_string().find("Could not connect to Chronicle Service") !=
                json::string::npos);
    EXPECT_EQ(lost.status, 503);
    EXPECT_EQ(held.status, 200) << held.body;
    EXPECT_EQ(reports().size(), 1U);
}

TEST_F(DailyScrumOverTheWire, NeverTakesNonsenseForARecordedReport) {
    const testing::FakeServer nonsense(
        [](const http::Request&) { return http::Response::json(201, json::object{}); });
    config_.chronicle_url = nonsense.url();
    const auto wire = start();
    const std::string id = start_sprint(wire);

    EXPECT_EQ(wire.post("/sprints/" + id + "/run-daily-scrum").status, 503);
}

TEST_F(DailyScrumOverTheWire, DeliversAReportThatChronicleMissedOnceTheDayIsOver) {
    const auto wire = start();
    const std::string id = start_sprint(wire);
    wire.post("/tasks/P-T01/progress", {{"progress_percentage", 10}});
    chronicle_server_.hang(true);
    ASSERT_EQ(wire.post("/sprints/" + id + "/run-daily-scrum").status, 503);

    chronicle_server_.hang(false);
    clock_.advance(24h);
    ASSERT_EQ(wire.post("/sprints/" + id + "/run-daily-scrum").status, 200);

    EXPECT_TRUE(eventually([&] { return reports().size() == 2; }));
}

TEST_F(DailyScrumOverTheWire, InventsProgressOnlyWhenAskedTo) {
    const auto wire = start();
    const std::string id = start_sprint(wire, 2);

    wire.post("/sprints/" + id + "/run-daily-scrum");
    EXPECT_EQ(wire.get("/sprints/" + id + "/tasks").json().at(0).at("progress_percentage"), 0);

    clock_.advance(24h);
    wire.post("/sprints/" + id + "/run-daily-scrum?progress=simulated");
    for (const auto& task : wire.get("/sprints/" + id + "/tasks").json().as_array()) {
        const auto progress = task.at("progress_percentage").as_int64();
        EXPECT_GE(progress, 5);
        EXPECT_LE(progress, 30);
        EXPECT_EQ(task.at("status"), json::string("in_progress"));
    }
    EXPECT_TRUE(eventually([&] { return events_on("task_update_events").size() == 2; }));
}

TEST_F(DailyScrumOverTheWire, HearsWhatOutsideToolsSayOnceAndQuotesIt) {
    const auto wire = start();
    const std::string id = start_sprint(wire, 1);
    const std::string event =
        R"({"event_id":"e-1","event_type":"TASK_PROGRESSED","timestamp":"2025-09-03T09:00:00Z",)"
        R"("sprint_id":"P-S01","task_id":"P-T01","progress_made":25,"new_total_progress":25,)"
        R"("employee_id":"E1","yesterday_work":"Wrote it","today_work":"Test it",)"
        R"("impediments":"No machine"})";
    publish("daily_scrum_events", "no json");
    publish("daily_scrum_events", event);
    publish("daily_scrum_events", event);
    ASSERT_TRUE(eventually([&] {
        return wire.get("/sprints/P-S01/tasks").json().at(0).at("progress_percentage") == 25;
    }));
    ASSERT_TRUE(eventually([&] { return events_on("task_update_events").size() == 1; }));

    ASSERT_EQ(wire.post("/sprints/" + id + "/run-daily-scrum").status, 200);

    const auto note = reports().at(0);
    const auto& task = note.at("reports").at("2025-09-03").at(0).at("tasks").at(0);
    EXPECT_EQ(task.at("yesterday_work"), json::string("Wrote it"));
    EXPECT_EQ(task.at("today_work"), json::string("Test it"));
    EXPECT_EQ(task.at("impediments"), json::string("No machine"));
    const auto update = events_on("task_update_events").at(0).at("event_data");
    EXPECT_EQ(update.at("progress_percentage"), 25);
    EXPECT_EQ(update.at("status"), json::string("in_progress"));
}

}  // namespace
}  // namespace dsm::sprint

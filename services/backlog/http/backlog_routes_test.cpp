// Backlogs at the wire: generated once, listed, summed up, and what is said when others are down.
#include <future>

#include "services/backlog/wire_test.hpp"

namespace dsm::backlog {
namespace {

TEST_F(BacklogWire, GeneratesOnlyForAProjectThatExists) {
    expect(wire().post("/backlogs/missing"), 404, R"({"detail":"Project missing not found."})");
    EXPECT_EQ(wire().post("/backlogs/a%2Fb").status, 404);
    EXPECT_EQ(wire().post("/backlogs/P1%00").status, 404);
    expect(wire().get("/backlogs/summary"), 200, "[]");
    EXPECT_EQ(projects_.look_ups, 1);
}

TEST_F(BacklogWire, MakesNoTasksWhoseIdsWouldBeTooLong) {
    const std::string fits(247, 'P');
    const std::string too_long(248, 'P');

    EXPECT_EQ(wire().post("/backlogs/" + fits).status, 201);
    const auto refused = wire().post("/backlogs/" + too_long);
    EXPECT_EQ(refused.status, 422);
    EXPECT_TRUE(
        refused.json().at("detail").as_string().starts_with("The id of the project is too long"))
        << refused.body;
    expect(wire().get("/backlogs/" + too_long), 200, "[]");
}

TEST_F(BacklogWire, SaysWhenProjectServiceRefusesOrIsGone) {
    projects_.status = 500;
    expect(wire().post("/backlogs/P1"), 502, R"({"detail":"Project Service error: no"})");
    projects_.body = "<html>secret</html>";
    expect(wire().post("/backlogs/P1"), 502,
           R"({"detail":"Project Service error: Internal Server Error"})");
    projects_host_->stop(std::chrono::seconds(1));
    const auto reply = wire().post("/backlogs/P1");

    EXPECT_EQ(reply.status, 503);
    EXPECT_TRUE(
        reply.json().at("detail").as_string().starts_with("Could not connect to Project Service: "))
        << reply.body;
    expect(wire().get("/backlogs/P1"), 200, "[]");
}

TEST_F(BacklogWire, LeavesAProjectServiceAloneThatFailedOftenAndSaysUntilWhen) {
    projects_.status = 500;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(wire().post("/backlogs/P1").status, 502);
    const int asked = projects_.look_ups;
    const auto reply = wire().post("/backlogs/P1");

    EXPECT_EQ(reply.status, 503);
    EXPECT_TRUE(reply.headers.find("Retry-After"));
    EXPECT_EQ(projects_.look_ups, asked);
    EXPECT_EQ(wire().get("/health/ready").json().at("external_apis").at("project_service"),
              "circuit_open");
}

TEST_F(BacklogWire, FiftyUnknownProjectsOpenNothing) {
    for (int i = 0; i < 50; ++i) EXPECT_EQ(wire().post("/backlogs/missing").status, 404);

    EXPECT_EQ(wire().post("/backlogs/P1").status, 201);
}

// An earlier implementation reset the tasks of a running sprint.
using Mistake23 = BacklogWire;

TEST_F(Mistake23, GeneratingABacklogAgainLeavesTheTasksOfASprintAlone) {
    const char* const done =
        R"({"message":"Backlog generated successfully for project P1","tasks_count":10})";
    expect(wire().post("/backlogs/P1"), 201, done);
    wire().put("/tasks/P1-TASK003", {{"status", "in_progress"}, {"sprint_id", "P1-S01"}});

    expect(wire().post("/backlogs/P1"), 201, done);

    EXPECT_EQ(task("P1-TASK003").at("status"), "in_progress");
    expect(wire().get("/backlogs/P1/summary"), 200,
           R"({"project_id":"P1","total_tasks":10,)"
           R"("status_counts":{"in_progress":1,"unassigned":9},"unassigned_for_sprint_count":9})");
}

TEST_F(BacklogWire, GeneratesOnceForSixteenAtOnce) {
    std::vector<std::future<int>> calls;
    for (int i = 0; i < 16; ++i) {
        calls.push_back(
            std::async(std::launch::async, [&] { return wire().post("/backlogs/P1").status; }));
    }

    for (auto& call : calls) EXPECT_EQ(call.get(), 201);
    EXPECT_EQ(wire().get("/backlogs/P1").json().as_array().size(), 10U);
}

TEST_F(BacklogWire, CreatesTheTasksOfTheBodyInstead) {
    wire().post("/backlogs/P1");

    const boost::json::object body{
        {"tasks",
         {{{"title", "First"}}, {{"title", "Own"}, {"task_id", "X1"}, {"description", "d"}}}}};
    expect(wire().post("/backlogs/P1", body), 201,
           R"({"message":"Backlog generated successfully for project P1","tasks_count":2})");

    EXPECT_EQ(task("P1-TASK011").at("title"), "First");
    EXPECT_EQ(task("X1").at("description"), "d");
    EXPECT_EQ(errors_of(wire().post("/backlogs/P1", {{"tasks", {7, boost::json::object()}}})),
              "model_attributes_type body.tasks.0, missing body.tasks.1.title");
    EXPECT_EQ(errors_of(wire().post("/backlogs/P1", {{"tasks", "all"}})), "list_type body.tasks");
    EXPECT_EQ(errors_of(wire().send("POST", "/backlogs/P1", "null")), "model_attributes_type body");
}

TEST_F(BacklogWire, ListsByIdAndFilters) {
    wire().post("/backlogs/P1");
    wire().post("/backlogs/P2");
    wire().put("/tasks/P1-TASK002", {{"status", "completed"}, {"assigned_to", "E1"}});
    wire().put("/tasks/P1-TASK004", {{"assigned_to", "E1"}});
    const auto ids = [&](const std::string& query) {
        std::string text;
        for (const auto& row : wire().get("/backlogs/P1" + query).json().as_array()) {
            text += std::string(row.at("task_id").as_string()) + " ";
        }
        return text;
    };

    EXPECT_EQ(wire().get("/backlogs/P1").json().as_array().size(), 10U);
    EXPECT_EQ(ids("?assigned_to=E1"), "P1-TASK002 P1-TASK004 ");
    EXPECT_EQ(ids("?assigned_to=E1&status=completed"), "P1-TASK002 ");
    EXPECT_EQ(ids("?status=no'%20OR%20'1'='1"), "");
    EXPECT_EQ(wire().get("/backlogs/P1?status=&assigned_to=").json().as_array().size(), 10U);
}

TEST_F(BacklogWire, AnswersForAProjectWithoutTasks) {
    const char* const zeros = R"({"project_id":"none","total_tasks":0,"status_counts":{},)"
                              R"("unassigned_for_sprint_count":0})";

    expect(wire().get("/backlogs/none"), 200, "[]");
    expect(wire().get("/backlogs/none/summary"), 200, zeros);
    expect(wire().get("/backlogs/P1%00"), 200, "[]");
    EXPECT_EQ(wire().get("/backlogs/" + std::string(10'240, 'x') + "/summary").status, 200);
}

TEST_F(BacklogWire, SumsUpEveryProjectEvenOneNamedSummary) {
    wire().post("/backlogs/summary");
    wire().post("/backlogs/P1");

    const auto all = wire().get("/backlogs/summary").json().as_array();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].at("project_id"), "P1");
    EXPECT_EQ(all[1].at("project_id"), "summary");
    EXPECT_EQ(wire().get("/backlogs/summary/summary").json().at("total_tasks"), 10);
    EXPECT_EQ(wire().get("/backlogs/summary?status=unassigned").json().as_array().size(), 10U)
        << "only the tasks of a project are asked for by status";
    EXPECT_EQ(wire().get("/backlogs/summary?status=completed").body, "[]");
}

TEST_F(BacklogWire, DoesNotCountATaskThatASprintHolds) {
    wire().post("/backlogs/P1");
    wire().put("/tasks/P1-TASK001", {{"sprint_id", "P1-S01"}});

    EXPECT_EQ(wire().get("/backlogs/P1/summary").json().at("unassigned_for_sprint_count"), 9);
    EXPECT_EQ(wire().get("/backlogs/P1/summary").json().at("status_counts").at("unassigned"), 10);
}

TEST_F(BacklogWire, IsReadyWhileItsDatabaseIsAndReportsTheOthers) {
    const auto dependency = [&] {
        return wire().get("/health/ready").json().at("external_apis").at("project_service");
    };
    ASSERT_TRUE(testing::eventually([&] { return dependency() == "ok"; }));
    expect(wire().get("/health/ready"), 200,
           R"({"service":"backlog-service","status":"ready","database":"ok","redis":"ok",)"
           R"("external_apis":{"project_service":"ok"},"timestamp":"2025-08-31T14:05:00Z"})");

    projects_host_->stop(std::chrono::seconds(1));

    EXPECT_TRUE(testing::eventually([&] { return dependency() == "error"; }));
    EXPECT_EQ(wire().get("/health/ready").status, 200);
}

}  // namespace
}  // namespace dsm::backlog

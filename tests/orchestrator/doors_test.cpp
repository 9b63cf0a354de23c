// Bad input at every door, and the smaller endpoints: contract sections 1, 2.6, 2.7 and 12.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;

TEST(OrchestrateBody, EverythingWrongIsSaidAtOnceAndNothingIsDone) {
    Orchestra orchestra(workspace_in_sprint());
    const auto reply = orchestra.post(json::parse(R"({"action":7,"options":{
        "create_cronjob":"maybe","sprint_duration_weeks":13,"max_tasks_per_sprint":0,
        "schedule":"every day"}})"));

    ASSERT_EQ(reply.status, 422);
    std::vector<std::string> told;
    for (const json::value& error : reply.json().at("detail").as_array()) {
        told.push_back(json::serialize(error.at("loc")) + " " +
                       std::string(error.at("type").as_string()));
    }
    std::ranges::sort(told);
    EXPECT_EQ(told, (std::vector<std::string>{
                        R"(["body","action"] string_type)",
                        R"(["body","options","create_cronjob"] bool_parsing)",
                        R"(["body","options","max_tasks_per_sprint"] greater_than_equal)",
                        R"(["body","options","schedule"] value_error)",
                        R"(["body","options","sprint_duration_weeks"] less_than_equal)"}));
    EXPECT_EQ(orchestra.cluster.size(), 0U);
    EXPECT_EQ(orchestra.world.project.count("GET /projects"), 0U);
}

TEST(Orchestrate, AnIdThatLeavesNoRoomForThatOfASprintIsSaidAndNothingIsBegun) {
    for (const auto& [length, status] : {std::pair{251U, 200}, std::pair{252U, 422}}) {
        const std::string project(length, 'P');
        json::value workspace = small_workspace(1);
        for (auto& each : workspace.at("workspace").at("projects").as_array()) {
            each.at("id") = project;
        }
        for (auto& task : workspace.at("workspace").at("tasks").as_array()) {
            task.at("project_id") = project;
        }
        Orchestra orchestra(std::move(workspace));

        const auto reply =
            orchestra.post(json::object(), "/orchestrate/project/" + std::string(project));

        EXPECT_EQ(reply.status, status) << reply.body;
        EXPECT_EQ(reply.body.contains("The id of the project is too long"), status == 422);
        EXPECT_EQ(orchestra.cluster.size(), status == 200 ? 1U : 0U);
    }
}

TEST(OrchestrateBody, WhatIsNoObjectIsRefused) {
    Orchestra orchestra(workspace_in_sprint());
    std::string deep(10'000, '[');
    const std::string bodies[] = {"null",
                                  "7",
                                  "[]",
                                  "{",
                                  "\"\"",
                                  R"({"options":null})",
                                  R"({"options":[]})",
                                  R"({"action":"a","action":"b"})",
                                  R"({"options":{"max_tasks_per_sprint":1e999}})",
                                  R"({"options":{"max_tasks_per_sprint":2.5}})",
                                  deep};

    for (const std::string& body : bodies) {
        const auto reply = orchestra.wire().send("POST", kOrchestrate, body);
        EXPECT_EQ(reply.status, 422) << body.substr(0, 60);
    }
    EXPECT_EQ(orchestra.cluster.size(), 0U);
}

TEST(OrchestrateBody, LenientValuesAndUnknownKeysAreTaken) {
    Orchestra orchestra(workspace_in_sprint());
    const auto reply = orchestra.wire().send(
        "POST", kOrchestrate,
        R"({"x":1,"options":{"sprint_duration_weeks":"3","create_cronjob":"off","y":null}})");

    EXPECT_EQ(reply.status, 200) << reply.body;
}

TEST(OrchestrateBody, SchedulesOutsideTheDialectAreRefused) {
    Orchestra orchestra(workspace_in_sprint());
    for (const char* schedule :
         {"", "@daily", "@every 5m", "TZ=UTC 0 14 * * *", "0 14 * *", "0 14 * * 7", "60 * * * *",
          "0 14 * * *\"\n  suspend: true", "0 0 14 * * *"}) {
        const auto reply = orchestra.post({{"options", {{"schedule", schedule}}}});
        ASSERT_EQ(reply.status, 422) << schedule;
        EXPECT_EQ(reply.json().at("detail").at(0).at("type"), "value_error");
    }
    EXPECT_EQ(orchestra.post({{"options", {{"schedule", "0 14 * jan-mar MON"}}}}).status, 200);
}

TEST(OrchestratePath, IdsThatNoProjectCanHaveAreNotFound) {
    Orchestra orchestra(workspace_in_sprint());
    for (const std::string& id :
         {std::string("a%2Fb"), std::string("%00"), std::string("a%0Ab"), std::string("..%2FP1"),
          std::string("%22%27"), std::string(300, 'x'), std::string("..")}) {
        const auto reply = orchestra.post(json::object(), "/orchestrate/project/" + id);
        EXPECT_EQ(reply.status, 404) << id;
        EXPECT_LT(reply.body.size(), 200U);
    }
    EXPECT_EQ(orchestra.wire().get(kOrchestrate).status, 405);
    EXPECT_EQ(orchestra.post().status, 200);
}

TEST(IdempotencyKey, OneThatIsTooLongIsRefused) {
    Orchestra orchestra(workspace_in_sprint());

    EXPECT_EQ(orchestra.post_with_key(std::string(300, 'k'), "{}").status, 422);
}

TEST(Status, TellsHowTheProjectStands) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.post();
    orchestra.cluster.edit(kCronJob, [](json::value& object) {
        object.as_object()["status"] = {{"lastScheduleTime", "2025-08-29T14:00:00Z"}};
    });
    const json::value body = orchestra.wire().get("/orchestrate/project/P1/status").json();

    EXPECT_EQ(body.at("current_sprint"), "P1-S02");
    EXPECT_EQ(body.at("sprint_status"), "in_progress");
    EXPECT_EQ(json::serialize(body.at("backlog_status")),
              R"({"total_tasks":4,"unassigned":4,"in_progress":0,"completed":0})");
    EXPECT_EQ(json::serialize(body.at("cronjobs")),
              fmt::format(R"([{{"name":"{}","schedule":"0 14 * * 1-5","status":"active",)"
                          R"("last_schedule_time":"2025-08-29T14:00:00Z",)"
                          R"("next_run":"2025-09-01T14:00:00Z"}}])",
                          kCronJob));
    EXPECT_EQ(body.at("cronjobs_state"), "known");
    EXPECT_EQ(body.at("last_decision").at("path"), "heal");
}

TEST(Status, ACloudedClusterIsSaidAndNoError) {
    Orchestra orchestra(small_workspace(0));
    orchestra.cluster.server.add(
        {.method = "GET", .status = 403, .body = status_body(403, "Forbidden", "no")});
    const auto reply = orchestra.wire().get("/orchestrate/project/P1/status");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json().at("sprint_status"), "no active sprint");
    EXPECT_EQ(reply.json().at("cronjobs_state"), "unknown");
    EXPECT_EQ(reply.json().at("cronjobs_error"),
              "not allowed to list cronjobs.batch in namespace dsm");
    EXPECT_TRUE(reply.json().at("last_decision").is_null());
}

std::string cronjob_path(std::string_view project, std::string_view name) {
    return fmt::format("/orchestrate/project/{}/cronjob/{}", project, name);
}

TEST(DeleteCronJob, DeletesTheProjectsOwn) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.post();
    const auto reply = orchestra.wire().del(cronjob_path("P1", kCronJob));

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(json::serialize(reply.json()),
              fmt::format(R"({{"message":"CronJob {0} deleted successfully","cronjob_name":"{0}",)"
                          R"("status":"deleted"}})",
                          kCronJob));
    EXPECT_EQ(orchestra.cluster.size(), 0U);
    EXPECT_EQ(orchestra.wire().del(cronjob_path("P1", kCronJob)).status, 404);
}

TEST(Mistake12, AnotherProjectsOrAForeignCronJobIsNotFoundAndStays) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.post();
    EXPECT_EQ(orchestra.wire().del(cronjob_path("P2", kCronJob)).status, 404);

    orchestra.cluster.edit(kCronJob, [](json::value& object) {
        object.at("metadata").at("labels").as_object().erase("app.kubernetes.io/managed-by");
    });
    EXPECT_EQ(orchestra.wire().del(cronjob_path("P1", kCronJob)).status, 404);
    EXPECT_EQ(orchestra.cluster.size(), 1U);
}

TEST(DeleteCronJob, WhatCannotBeKnownIsNotDeleted) {
    Orchestra orchestra(workspace_in_sprint(), kSoon);
    orchestra.post();
    orchestra.cluster.server.add(
        {.method = "GET", .times = 1, .status = 403, .body = status_body(403, "Forbidden", "no")});
    EXPECT_EQ(orchestra.wire().del(cronjob_path("P1", kCronJob)).status, 502);

    orchestra.cluster.server.add({.method = "GET", .delay = std::chrono::hours(1)});
    EXPECT_EQ(orchestra.wire().del(cronjob_path("P1", kCronJob)).status, 503);
    EXPECT_EQ(orchestra.cluster.size(), 1U);
}

TEST(ImportCronJobs, AreMadeAsTheOrchestratorWouldWithoutDecisionAndRecord) {
    Orchestra orchestra(workspace_in_sprint());
    const json::value names{{"names", json::array{kCronJob}}};
    const json::value first = orchestra.wire().post("/workspace/cronjobs", names).json();
    const json::value again = orchestra.wire().post("/workspace/cronjobs", names).json();

    EXPECT_EQ(first.at("created").at(0), kCronJob);
    EXPECT_EQ(again.at("existing").at(0), kCronJob);
    const json::value object = *orchestra.cluster.find(kCronJob);
    EXPECT_FALSE(object.at("metadata")
                     .at("annotations")
                     .as_object()
                     .contains("dsm.agile-corp.org/decision-id"));
    EXPECT_TRUE(orchestra.wire().get("/decisions").json().as_array().empty());
    EXPECT_TRUE(orchestra.post().json().at("decisions").at("warnings").as_array().empty());
}

TEST(ImportCronJobs, ANameOfNoActiveSprintRefusesAllOfThem) {
    Orchestra orchestra(workspace_in_sprint());
    const auto reply = orchestra.wire().post(
        "/workspace/cronjobs", {{"names", json::array{kCronJob, "run-dailyscrum-x"}}});

    EXPECT_EQ(reply.status, 422);
    EXPECT_EQ(reply.json().at("detail"), "No active sprint has the CronJob run-dailyscrum-x.");
    EXPECT_EQ(orchestra.cluster.size(), 0U);
    EXPECT_EQ(orchestra.wire().post("/workspace/cronjobs", {{"names", 7}}).status, 422);
}

TEST(WebPages, ChangeNothing) {
    Orchestra orchestra(workspace_in_sprint());
    http::Headers headers;
    headers.set("Origin", "https://evil.example");

    EXPECT_EQ(orchestra.wire().send("POST", kOrchestrate, "{}", headers).status, 403);
    EXPECT_EQ(orchestra.cluster.size(), 0U);
}

}  // namespace
}  // namespace dsm::orchestrator::testing

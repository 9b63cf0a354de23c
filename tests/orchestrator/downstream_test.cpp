// Services that are down, slow, or talk nonsense: contract section 2.5, and section 11 about it.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;

struct Victim {
    const char* title;
    FakeServer FakeWorkspace::* server;
};
const Victim kVictims[] = {{"Project Service", &FakeWorkspace::project},
                           {"Backlog Service", &FakeWorkspace::backlog},
                           {"Sprint Service", &FakeWorkspace::sprint}};

std::string detail_of(const dsm::testing::WireReply& reply) {
    return std::string(reply.json().at("detail").as_string());
}

void expect_nothing_done(const Orchestra& orchestra) {
    EXPECT_EQ(orchestra.cluster.size(), 0U);
    EXPECT_EQ(orchestra.world.sprint.count("POST"), 0U);
    EXPECT_TRUE(orchestra.wire().get("/decisions").json().as_array().empty());
}

TEST(UnknownProject, IsNotFoundAndNothingIsDone) {
    Orchestra orchestra(workspace_in_sprint());
    const auto reply = orchestra.post(json::object(), "/orchestrate/project/NOPE");

    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(detail_of(reply), "Project Service error: Project NOPE not found.");
    expect_nothing_done(orchestra);
}

TEST(Downstream, OneThatIsDownIs503AndNamesIt) {
    for (const Victim& victim : kVictims) {
        Orchestra orchestra(workspace_in_sprint());
        (orchestra.world.*victim.server).stop();
        const auto reply = orchestra.post();
        EXPECT_EQ(reply.status, 503) << victim.title;
        EXPECT_TRUE(
            detail_of(reply).starts_with(fmt::format("Could not connect to {}: ", victim.title)))
            << reply.body;
        EXPECT_FALSE(reply.headers.find("X-Decision-ID"));
        expect_nothing_done(orchestra);
    }
}

TEST(Downstream, OneThatIsSlowIs503WithinItsTimeout) {
    for (const Victim& victim : kVictims) {
        Orchestra orchestra(workspace_in_sprint(), kSoon);
        (orchestra.world.*victim.server).add({.method = "GET", .delay = std::chrono::hours(1)});
        const auto reply = orchestra.post();
        EXPECT_EQ(reply.status, 503) << victim.title;
        EXPECT_TRUE(
            detail_of(reply).starts_with(fmt::format("Could not connect to {}: ", victim.title)))
            << reply.body;
        expect_nothing_done(orchestra);
    }
}

TEST(Downstream, NonsenseIs502AndNothingOfItIsShown) {
    const char* const bodies[] = {"<html>secret</html>",
                                  "[1,2",
                                  "\"secret\"",
                                  "{}",
                                  R"({"team_members":7,"conflicts":{},"status_counts":[]})",
                                  R"([{"sprint_id":7}])",
                                  R"({"id":"P2","name":"-","description":"-","status":"-"})",
                                  R"([{"sprint_id":"P2-S01","project_id":"P2","sprint_name":"-",
                                       "start_date":"-","end_date":"-","duration_weeks":2,
                                       "status":"in_progress"}])"};
    for (const Victim& victim : kVictims) {
        for (const char* body : bodies) {
            Orchestra orchestra(workspace_in_sprint());
            (orchestra.world.*victim.server).add({.method = "GET", .status = 200, .body = body});
            const auto reply = orchestra.post();
            EXPECT_EQ(reply.status, 502) << victim.title << " " << body;
            EXPECT_EQ(detail_of(reply),
                      fmt::format("{} error: its answer could not be understood", victim.title));
            expect_nothing_done(orchestra);
        }
    }
}

TEST(Downstream, ErrorsKeepTheirMeaningAndTheirDetail) {
    struct Row {
        int status;
        const char* body;
        int told;
        const char* detail;
    };
    const Row rows[] = {
        {404, R"({"detail":"Gone."})", 404, "Gone."},
        {409, R"({"detail":"Busy."})", 409, "Busy."},
        {422, R"({"detail":[{"msg":"Field required"},{"msg":"No"}]})", 502, "Field required; No"},
        {403, R"({"detail":"No."})", 502, "No."},
        {500, R"({"detail":"Internal Server Error"})", 502, "Internal Server Error"},
        {500, "<html>secret</html>", 502, "Internal Server Error"},
        {503, R"({"detail":"line\none"})", 502, "line one"},
    };
    for (const Row& row : rows) {
        Orchestra orchestra(workspace_in_sprint());
        orchestra.world.backlog.add(
            {.path_contains = "/backlogs", .status = row.status, .body = row.body});
        const auto reply = orchestra.post();
        EXPECT_EQ(reply.status, row.told) << row.body;
        EXPECT_EQ(detail_of(reply), fmt::format("Backlog Service error: {}", row.detail));
    }
}

TEST(Downstream, ALongDetailIsCutBetweenCharacters) {
    Orchestra orchestra(workspace_in_sprint());
    std::string detail(499, 'x');
    for (int i = 0; i < 9; ++i) detail += "\u00e4";
    const json::value body{{"detail", detail}};
    orchestra.world.backlog.add(
        {.path_contains = "/backlogs", .status = 404, .body = json::serialize(body)});

    EXPECT_EQ(detail_of(orchestra.post()), "Backlog Service error: " + std::string(499, 'x'));
}

TEST(Downstream, ASprintThatSomebodyElseCreatedMeanwhileIsAConflict) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST",
                                .status = 409,
                                .body = R"({"detail":"A sprint is already in progress."})"});
    const auto reply = orchestra.post();

    EXPECT_EQ(reply.status, 409);
    EXPECT_EQ(detail_of(reply), "Sprint Service error: A sprint is already in progress.");
    EXPECT_EQ(orchestra.cluster.size(), 0U);
}

TEST(Downstream, AReadIsRepeatedWhenTheServiceAsksForIt) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.world.backlog.add(
        {.path_contains = "/backlogs", .times = 2, .status = 503, .retry_after = "0"});

    EXPECT_EQ(orchestra.post().status, 200);
    EXPECT_EQ(orchestra.cluster.size(), 1U);
}

TEST(Downstream, ARepeatThatWouldComeTooLateIsNotWaitedFor) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.world.backlog.add({.path_contains = "/backlogs", .status = 503, .retry_after = "60"});

    EXPECT_EQ(orchestra.post().status, 502);
    EXPECT_EQ(orchestra.world.backlog.count("GET /backlogs"), 1U);
}

TEST(Downstream, AWriteIsRepeatedOnceAfterALookAndNotBecauseOfARetryAfter) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST", .status = 503, .retry_after = "0"});

    EXPECT_GE(orchestra.post().status, 500);
    EXPECT_EQ(orchestra.world.sprint.count("POST"), 2U);
}

TEST(Downstream, AServiceThatAlwaysFailsIsSentLittleMoreThanTheCalls) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.config.calls.backlog.breaker.failures_to_open = 1'000;
    orchestra.restart();
    orchestra.world.backlog.add({.path_contains = "/backlogs", .status = 503, .retry_after = "0"});
    constexpr std::size_t kCalls = 100;
    for (std::size_t i = 0; i < kCalls; ++i) EXPECT_EQ(orchestra.post().status, 502);

    EXPECT_LE(orchestra.world.backlog.count("GET /backlogs"), kCalls * 11 / 10 + 10);
    EXPECT_GT(orchestra.world.backlog.count("GET /backlogs"), kCalls);
}

TEST(Breaker, OpensAfterFailuresInARowAndSaysWhenToComeBack) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.config.calls.backlog.breaker.open_for = std::chrono::seconds(600);
    orchestra.restart();
    orchestra.world.backlog.add({.path_contains = "/backlogs", .status = 500});
    for (int i = 0; i < 10; ++i) EXPECT_EQ(orchestra.post().status, 502);
    const auto asked = orchestra.world.backlog.count("GET /backlogs");
    const auto reply = orchestra.post();

    EXPECT_EQ(reply.status, 503);
    const json::value body = reply.json();
    EXPECT_EQ(body.at("detail"),
              "Service temporarily unavailable due to downstream service failures. Circuit breaker "
              "is open.");
    EXPECT_EQ(body.at("service_status"), "degraded");
    EXPECT_EQ(body.at("error_type"), "circuit_breaker_open");
    const std::string seconds(*reply.headers.find("Retry-After"));
    EXPECT_EQ(body.at("retry_after"), json::string(seconds + " seconds"));
    EXPECT_EQ(orchestra.world.backlog.count("GET /backlogs"), asked) << "it is left alone";
}

TEST(Breaker, OpensAfterAsManyFailuresAndForAsLongAsTheSettingsSay) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.config.calls.backlog.breaker.failures_to_open = 2;
    orchestra.config.calls.backlog.breaker.open_for = std::chrono::seconds(600);
    orchestra.restart();
    orchestra.world.backlog.add({.path_contains = "/backlogs", .status = 500});
    for (int i = 0; i < 2; ++i) EXPECT_EQ(orchestra.post().status, 502);

    const auto reply = orchestra.post();
    EXPECT_EQ(reply.status, 503);
    EXPECT_GT(std::stoi(std::string(reply.headers.find("Retry-After").value_or("0"))), 500);
}

TEST(Breaker, OfOneDependencyIsInTheMetricsWithWhatItKeptAway) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.config.calls.backlog.breaker = {.failures_to_open = 2,
                                              .open_for = std::chrono::seconds(600)};
    orchestra.restart();
    orchestra.world.backlog.add({.path_contains = "/backlogs", .status = 500});
    for (int i = 0; i < 2; ++i) EXPECT_EQ(orchestra.post().status, 502);
    EXPECT_EQ(orchestra.post().status, 503);

    const auto metrics = orchestra.wire().get("/metrics").body;

    for (const auto* line :
         {"dsm_dependency_breaker_state{dependency=\"backlog-service\",state=\"open\"} 1",
          "dsm_dependency_breaker_state{dependency=\"backlog-service\",state=\"closed\"} 0",
          "dsm_dependency_breaker_state{dependency=\"project-service\",state=\"closed\"} 1",
          "dsm_dependency_calls_shed_total{dependency=\"backlog-service\"} 1"}) {
        EXPECT_NE(metrics.find(line), std::string::npos) << line << "\n" << metrics;
    }
}

TEST(Breaker, AGoodHealthDoesNotCloseIt) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.config.calls.backlog.breaker.open_for = std::chrono::seconds(600);
    orchestra.restart();
    orchestra.world.backlog.add({.path_contains = "/backlogs", .status = 500});
    for (int i = 0; i < 10; ++i) EXPECT_EQ(orchestra.post().status, 502);
    const auto looks = orchestra.world.backlog.count("GET /health");
    // The second one is sent after the first one's answer was taken in.
    ASSERT_TRUE(dsm::testing::eventually(
        [&] { return orchestra.world.backlog.count("GET /health") >= looks + 2; }));

    EXPECT_EQ(orchestra.post().json().at("error_type"), "circuit_breaker_open");
}

TEST(Breaker, AnApiServerThatIsWellButFailsEveryCallGetsNoMoreOfThem) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.config.calls.cluster.breaker = {.failures_to_open = 2,
                                              .open_for = std::chrono::seconds(600)};
    orchestra.cluster.server.add({.path_contains = "/cronjobs", .status = 500});
    orchestra.restart();
    for (int i = 0; i < 2; ++i) EXPECT_EQ(orchestra.post().status, 200);
    const auto asked = orchestra.cluster.server.count("GET /apis/batch");
    const auto looks = orchestra.cluster.server.count("GET /version");
    ASSERT_TRUE(dsm::testing::eventually(
        [&] { return orchestra.cluster.server.count("GET /version") >= looks + 2; }));

    EXPECT_EQ(orchestra.post().status, 200);
    EXPECT_EQ(orchestra.cluster.server.count("GET /apis/batch"), asked) << "it is left alone";
}

TEST(Breaker, AnApiServerThatIsBackIsAskedBeforeItsTime) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.config.calls.cluster.breaker = {.failures_to_open = 2,
                                              .open_for = std::chrono::seconds(600)};
    orchestra.cluster.server.add({.status = 500});
    orchestra.restart();
    for (int i = 0; i < 2; ++i) EXPECT_EQ(orchestra.post().status, 200);
    const auto looks = orchestra.cluster.server.count("GET /version");
    ASSERT_TRUE(dsm::testing::eventually(
        [&] { return orchestra.cluster.server.count("GET /version") >= looks + 2; }));
    ASSERT_EQ(orchestra.cluster.size(), 0U);
    orchestra.cluster.server.clear_faults();

    EXPECT_TRUE(dsm::testing::eventually([&] {
        orchestra.post();
        return orchestra.cluster.size() == 1;
    }));
}

TEST(Breaker, ABusyServiceIsNotIllAndItsTimeIsPassedOn) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.world.backlog.add({.path_contains = "/backlogs", .status = 503, .retry_after = "60"});
    for (int i = 0; i < 30; ++i) {
        const auto reply = orchestra.post();
        EXPECT_EQ(reply.status, 502);
        EXPECT_EQ(reply.headers.find("Retry-After"), "60");
    }
}

TEST(Mistake18, NotFoundNeverOpensTheBreaker) {
    Orchestra orchestra(workspace_in_sprint());
    for (int i = 0; i < 30; ++i) {
        EXPECT_EQ(orchestra.post(json::object(), "/orchestrate/project/NOPE").status, 404);
    }

    EXPECT_EQ(orchestra.post().status, 200);
}

TEST(Mistake21, ANotFoundOfProjectServiceIsANotFound) {
    Orchestra orchestra(workspace_in_sprint());

    EXPECT_EQ(orchestra.wire().get("/orchestrate/project/NOPE/status").status, 404);
    EXPECT_EQ(orchestra.post(json::object(), "/orchestrate/project/NOPE").status, 404);
}

TEST(Mistake13, TeamSizeIsTheNumberOfMembers) {
    Orchestra orchestra(workspace_in_sprint());

    EXPECT_EQ(orchestra.post().json().at("analysis").at("team_size"), 3);
}

TEST(Mistake17, TheNumberOfAssignedTasksIsTheFactAndNotThePlan) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST",
                                .status = 201,
                                .body = R"({"sprint_id":"P1-S01","assigned_tasks_count":2})"});
    const json::value body = orchestra.post().json();

    EXPECT_EQ(body.at("decisions").at("tasks_to_assign"), 4);
    EXPECT_EQ(body.at("actions_taken").at(1), "Assigned 2 tasks to sprint");
}

TEST(Mistake24, ReadinessCallsNobodyAndOnlyOurDatabaseCounts) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.world.backlog.stop();
    ASSERT_EQ(orchestra.post().status, 503);
    const auto seen = orchestra.world.project.count("GET /projects");
    const auto reply = orchestra.wire().get("/health/ready");

    EXPECT_EQ(reply.status, 200);
    const json::value body = reply.json();
    EXPECT_EQ(body.at("status"), "ready");
    EXPECT_EQ(body.at("external_apis").at("backlog_service"), "error");
    EXPECT_EQ(body.at("external_apis").at("project_service"), "ok");
    EXPECT_EQ(orchestra.world.project.count("GET /projects"), seen);
    EXPECT_EQ(orchestra.world.project.count("GET /health/ready"), 0U);
}

TEST(Mistake25, OneProjectsRequestReadsOneProject) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.post();

    for (const FakeServer* server :
         {&orchestra.world.project, &orchestra.world.backlog, &orchestra.world.sprint}) {
        for (const std::string& line : server->seen()) {
            EXPECT_TRUE(line == "GET /health" || line.find("P1") != std::string::npos) << line;
        }
    }
}

TEST(Reads, CarryTheCallersTraceAndTheWindowOfTheSprint) {
    Orchestra orchestra(workspace_in_sprint());
    http::Headers headers;
    headers.set("X-Correlation-ID", "my-correlation");
    const auto reply = orchestra.wire().send("POST", kOrchestrate,
                                             R"({"options":{"sprint_duration_weeks":3}})", headers);

    EXPECT_EQ(reply.headers.find("X-Correlation-ID"), "my-correlation");
    EXPECT_EQ(orchestra.world.sprint.header_of_last("GET /sprints", "X-Correlation-ID"),
              "my-correlation");
    EXPECT_EQ(orchestra.world.project.count("GET /projects/P1/availability/check?start_date="
                                            "2025-08-31&end_date=2025-09-21"),
              1U);
}

}  // namespace
}  // namespace dsm::orchestrator::testing

// The job against a sprint-service that is played: when it ends, how, and with which last line.
#include "dsm/job/daily_scrum.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <sstream>

#include "libs/testing/fake_server.hpp"

namespace dsm::job {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;

struct Outcome {
    int exit_code;
    std::string out;
    std::string err;
};

Outcome run(DailyScrum job) {
    const rt::SystemClock clock;
    const auto random = rt::make_seeded_random(1);
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_daily_scrum(job, out, err, clock, *random);
    return {code, out.str(), err.str()};
}

DailyScrum job_at(std::uint16_t port) {
    return {.project_id = "P",
            .sprint_id = "P-S01",
            .sprint_service_url = fmt::format("http://127.0.0.1:{}", port),
            .ready_limit = 60s,
            .run_limit = 60s};
}

Response held() {
    return Response::json(200, {{"message", "m"},
                                {"sprint_id", "P-S01"},
                                {"tasks_updated_count", 1},
                                {"report_id", "r-1"}});
}

/// `/health` is 200, everything else is `answer`.
testing::FakeServer server_that(std::function<Response(const Request&)> answer) {
    return testing::FakeServer([answer](const Request& request) {
        if (request.target == "/health") return Response::json(200, {{"status", "ok"}});
        return answer(request);
    });
}

TEST(DailyScrumJob, FailsAtOnceWithoutItsIds) {
    const auto no_project = run({.sprint_id = "P-S01"});
    const auto no_sprint = run({.project_id = "P"});

    EXPECT_EQ(no_project.exit_code, 2);
    EXPECT_TRUE(no_project.err.contains("PROJECT_ID"));
    EXPECT_EQ(no_sprint.exit_code, 2);
    EXPECT_TRUE(no_sprint.err.contains("SPRINT_ID"));
}

TEST(DailyScrumJob, GivesUpWhenNobodyListens) {
    DailyScrum job = job_at(1);
    job.ready_limit = 300ms;

    const auto outcome = run(job);

    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_TRUE(outcome.err.contains("did not become ready")) << outcome.err;
    EXPECT_EQ(outcome.out, "");
}

TEST(DailyScrumJob, WaitsForAServiceThatIsStillStarting) {
    std::atomic<int> asked = 0;
    testing::FakeServer server([&](const Request& request) {
        if (request.target != "/health") return held();
        return Response::json(asked++ < 3 ? 503 : 200, {{"detail", "starting"}});
    });

    const auto outcome = run(job_at(server.port()));

    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_GE(asked, 4);
}

TEST(DailyScrumJob, SaysWhichReportItLeft) {
    std::string seen;
    auto server = server_that([&](const Request& request) {
        seen = request.method + " " + request.target;
        return held();
    });

    const auto outcome = run(job_at(server.port()));

    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(seen, "POST /sprints/P-S01/run-daily-scrum");
    EXPECT_EQ(outcome.out,
              "dsm daily-scrum: daily scrum of sprint P-S01 of project P held, report r-1\n");
    EXPECT_EQ(outcome.err, "");
}

TEST(DailyScrumJob, RepeatsTheCallWhileChronicleIsDown) {
    std::atomic<int> calls = 0;
    auto server = server_that([&](const Request&) {
        return calls++ < 2 ? Response::json(503, {{"detail", "not recorded yet"}}) : held();
    });

    const auto outcome = run(job_at(server.port()));

    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(calls, 3);
}

TEST(DailyScrumJob, RepeatsTheCallNoSoonerThanItIsAskedTo) {
    std::atomic<int> calls = 0;
    auto server = server_that([&](const Request&) {
        if (calls++ > 0) return held();
        Response busy = Response::json(503, {{"detail", "busy"}});
        busy.headers.set("Retry-After", "1");
        return busy;
    });
    const rt::SystemClock clock;
    const auto begun = clock.steady();

    EXPECT_EQ(run(job_at(server.port())).exit_code, 0);
    EXPECT_GE(clock.steady() - begun, 1s);
    EXPECT_EQ(calls, 2);
}

TEST(DailyScrumJob, IsNeverGreenWithoutAReport) {
    struct Row {
        std::string sentence;
        int status;
        std::string body;
        int exit_code;
        std::string said;
    };
    const std::vector<Row> rows{
        {"no such sprint", 404, R"({"detail":"Active sprint P-S01 not found."})", 3,
         "Active sprint P-S01 not found."},
        {"never recorded", 503, R"({"detail":"not recorded yet"})", 4, "not recorded yet"},
        {"an error", 500, R"({"detail":"Internal Server Error"})", 1, "500"},
        {"a page", 200, "<html>", 1, "without naming the report"},
        {"no report id", 200, R"({"sprint_id":"P-S01","report_id":null})", 1,
         "without naming the report"},
        {"another sprint", 200, R"({"sprint_id":"P-S02","report_id":"r"})", 1,
         "without naming the report"},
    };
    for (const Row& row : rows) {
        auto server = server_that(
            [&](const Request&) { return Response{.status = row.status, .body = row.body}; });
        DailyScrum job = job_at(server.port());
        if (row.status == 503) job.run_limit = 2s;  // the others end by their answer

        const auto outcome = run(job);

        EXPECT_EQ(outcome.exit_code, row.exit_code) << row.sentence;
        EXPECT_TRUE(outcome.err.contains(row.said)) << row.sentence << ": " << outcome.err;
        EXPECT_EQ(outcome.out, "") << row.sentence;
    }
}

}  // namespace
}  // namespace dsm::job

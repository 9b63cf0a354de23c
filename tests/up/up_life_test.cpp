// The life of `dsm up`: start, work, stop or kill, and start again on the same directory.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "libs/rt/clock.hpp"
#include "libs/testing/free_port.hpp"
#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kCronJob = "run-dailyscrum-test-001-test-001-s12";

std::string cronjob_url() {
    return std::string("/orchestrate/project/TEST-001/cronjob/") + kCronJob;
}

json::value orchestrate(const RunningSystem& system) {
    return system.wire("orchestrator").post("/orchestrate/project/TEST-001", json::object{}).json();
}

/// How long one takes that has nothing to do.
rt::Steady::duration time_to_end(int signal) {
    RunningSystem system;
    EXPECT_TRUE(system.start()) << system.log();
    const rt::SystemClock clock;
    const auto began = clock.steady();
    EXPECT_EQ(system.end(signal), 0) << system.log();
    const auto took = clock.steady() - began;
    EXPECT_FALSE(fs::exists(system.endpoints_path()));
    return took;
}

/// A machine that is busy may be late a few times; one that waits for something always is.
TEST(UpLife, EndsWithin5SecondsOfASignalAndTakesItsEndpointsAway) {
    for (const int signal : {SIGTERM, SIGINT}) {
        bool in_time = false;
        for (int tries = 0; tries < 5 && !in_time; ++tries) {
            in_time = time_to_end(signal) < std::chrono::seconds(5);
        }
        EXPECT_TRUE(in_time) << signal;
    }
}

TEST(UpLife, AnswersUnderEveryAddressOfItsEndpoints) {
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();

    for (const char* part : {"orchestrator", "project", "backlog", "sprint", "chronicle"}) {
        EXPECT_EQ(system.wire(part).get("/health").body, R"({"status":"ok"})") << part;
        EXPECT_EQ(system.wire(part).get("/metrics").status, 200) << part;
    }
    const auto endpoints = json::parse(read_file(system.endpoints_path()));
    EXPECT_TRUE(fs::exists(std::string(endpoints.at("kubeconfig").as_string())));
    EXPECT_EQ(endpoints.at("kubeconfig").as_string(), system.data() + "/kubeconfig");
}

TEST(UpLife, AnswersTheRecordedRequestsAsRecorded) {
    for (const char* file : {"recorded-missing-cronjob.json", "recorded-existing-cronjob.json"}) {
        const auto recorded = fixture(file);
        RunningSystem system;
        ASSERT_TRUE(system.start({"--import", fixture_path(file)})) << system.log();

        const auto finished = system.run({"orchestrate", "TEST-001", "--json"});

        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        EXPECT_EQ(json::parse(finished.out), recorded.at("response")) << file;
    }
}

TEST(UpLife, FindsEverythingAsItWasAfterAKill) {
    RunningSystem system;
    ASSERT_TRUE(system.start({"--import", fixture_path("recorded-missing-cronjob.json")}))
        << system.log();
    const auto missing = system.run({"status"}).out;
    EXPECT_NE(missing.find("MISSING run-dailyscrum-"), std::string::npos) << missing;
    const auto dry = system.run({"orchestrate", "TEST-001", "--dry-run", "--explain"});
    EXPECT_EQ(dry.exit_code, 0) << dry.err;
    EXPECT_TRUE(dry.out.starts_with("Dry run: nothing was done.\n")) << dry.out;
    for (const char* part : {"Would do:\n  create the CronJob of sprint ",
                             "  holds          the active sprint's CronJob is missing",
                             "  does not hold  the project is not known"}) {
        EXPECT_NE(dry.out.find(part), std::string::npos) << dry.out;
    }
    EXPECT_EQ(dry.out.find('{'), std::string::npos) << dry.out;
    orchestrate(system);
    const auto healed = system.run({"status"}).out;
    EXPECT_EQ(healed.find("MISSING"), std::string::npos) << healed;
    EXPECT_NE(healed.find("next run 20"), std::string::npos) << healed;
    const auto before = system.run({"export"}).out;
    ASSERT_EQ(system.end(SIGKILL), 128 + SIGKILL);
    ASSERT_TRUE(fs::exists(system.endpoints_path()));
    const auto nobody = system.run({"status"});
    EXPECT_EQ(nobody.exit_code, 4);
    EXPECT_NE(nobody.err.find("ended without cleaning up"), std::string::npos) << nobody.err;

    ASSERT_TRUE(system.start()) << system.log();

    EXPECT_EQ(system.run({"export"}).out, before);
    EXPECT_NE(before.find(kCronJob), std::string::npos) << before;
    EXPECT_EQ(orchestrate(system).at("decisions").at("cronjob_created"), json::value(false));
}

TEST(UpLife, SkipsAFileThatItHasTakenInAlreadyItsCronJobsIncluded) {
    const Arguments import = {"--import", fixture_path("recorded-existing-cronjob.json")};
    RunningSystem system;
    ASSERT_TRUE(system.start(import)) << system.log();
    ASSERT_EQ(system.wire("orchestrator").del(cronjob_url()).status, 200);
    ASSERT_EQ(system.end(SIGTERM), 0);

    ASSERT_TRUE(system.start(import)) << system.log();

    EXPECT_EQ(system.wire("orchestrator").del(cronjob_url()).status, 404);
}

std::string today_of(const RunningSystem& system) {
    const auto ready = system.wire("project").get("/health/ready").json();
    return std::string(ready.at("timestamp").as_string()).substr(0, 10);
}

TEST(UpLife, KeepsItsClockOverARestartUntilNowSaysOtherwise) {
    RunningSystem system;
    ASSERT_TRUE(system.start({"--import", fixture_path("recorded-missing-cronjob.json")}))
        << system.log();
    EXPECT_EQ(today_of(system), "2025-08-31");
    ASSERT_EQ(system.end(SIGTERM), 0);

    ASSERT_TRUE(system.start()) << system.log();
    EXPECT_EQ(today_of(system), "2025-08-31");
    ASSERT_EQ(system.end(SIGTERM), 0);

    ASSERT_TRUE(system.start({"--now", "2031-02-03T04:05:06Z"})) << system.log();
    EXPECT_EQ(today_of(system), "2031-02-03");
}

TEST(UpLife, LoadsTheSampleOnceWithAProjectForEachPath) {
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"})) << system.log();
    ASSERT_EQ(system.end(SIGTERM), 0);
    ASSERT_TRUE(system.start({"--sample"})) << system.log();

    struct Row {
        const char* project;
        const char* actions;
    };
    const Row table[] = {
        {"TEST-001", "[]"},
        {"MOBILE-APP", R"(["Created cronjob run-dailyscrum-mobile-app-mobile-app-s03"])"},
        {"WEB-STORE", R"(["Created new sprint WEB-STORE-S01","Assigned 10 tasks to sprint",)"
                      R"("Created cronjob run-dailyscrum-web-store-web-store-s01"])"},
        {"DATA-LAKE", "[]"},
    };
    for (const auto& row : table) {
        const auto answer = system.run({"orchestrate", row.project, "--json"});

        ASSERT_EQ(answer.exit_code, 0) << answer.err;
        EXPECT_EQ(json::parse(answer.out).at("actions_taken"), json::parse(row.actions))
            << row.project;
    }
}

TEST(UpLife, TakesTheSampleWhileItRunsAndASecondTimeChangesNothing) {
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();

    const auto first = system.run({"import", "--sample"});
    const auto second = system.run({"import", "--sample"});

    EXPECT_EQ(first.exit_code, 0) << first.err;
    EXPECT_EQ(second.exit_code, 0) << second.err;
    EXPECT_NE(second.out.find("): 0 new, "), std::string::npos) << second.out;
    EXPECT_EQ(
        json::parse(system.run({"orchestrate", "TEST-001", "--json"}).out).at("actions_taken"),
        json::array());
}

TEST(Serve, MovesItsClockByTheOffsetThatItWasGiven) {
    TemporaryFolder folder;
    const auto port = free_port();
    const BackgroundProcess service(
        {dsm_binary(), "serve", "project", "--data", folder.file("data"), "--listen",
         fmt::format("127.0.0.1:{}", port), "--clock-offset-s", "-1000000000"},
        clean(), folder.path());
    const WireClient wire(port);
    const rt::SystemClock moved(std::chrono::seconds(-1'000'000'000));
    const auto before = moved.wall() - std::chrono::seconds(1);
    ASSERT_TRUE(eventually([&] { return wire.get("/health").status == 200; })) << service.err();

    const auto timestamp = wire.get("/health/ready").json().at("timestamp");

    const auto told = parse_rfc3339(timestamp.as_string());
    ASSERT_TRUE(told.has_value());
    EXPECT_GE(*told, before);
    EXPECT_LE(*told, moved.wall());
}

TEST(UpLife, ExportsWhatAnotherSystemImports) {
    RunningSystem first;
    ASSERT_TRUE(first.start({"--sample"})) << first.log();
    const auto exported = first.run({"export"});
    ASSERT_EQ(exported.exit_code, 0) << exported.err;
    TemporaryFolder folder;
    std::ofstream(folder.file("workspace.json")) << exported.out;
    RunningSystem second;
    ASSERT_TRUE(second.start()) << second.log();

    const auto imported = second.run({"import", folder.file("workspace.json")});

    EXPECT_EQ(imported.exit_code, 0) << imported.err;
    EXPECT_EQ(second.run({"export"}).out, exported.out);
    const auto again = second.run({"import", folder.file("workspace.json")});
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_NE(again.out.find(": 0 new, "), std::string::npos) << again.out;
    EXPECT_NE(again.out.find(" kept as they were\n"), std::string::npos) << again.out;
    EXPECT_EQ(second.run({"export"}).out, exported.out);
}

TEST(UpLife, ShowsItsEventsOldestFirstOneALine) {
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"})) << system.log();
    const auto all = system.run({"orchestrate", "--all"});
    EXPECT_EQ(all.exit_code, 0) << all.err;
    EXPECT_NE(all.out.find("[2/2] TEST-001"), std::string::npos) << all.out;

    std::vector<json::value> events;
    ASSERT_TRUE(eventually([&] {
        events.clear();
        std::istringstream lines(system.run({"events", "--json"}).out);
        for (std::string line; std::getline(lines, line);) events.push_back(json::parse(line));
        return events.size() >= 2;
    })) << system.log();

    EXPECT_EQ(events.size(), 2U);
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i].at("stream"), json::value("orchestration_events"));
        EXPECT_EQ(events[i].at("data").at("aggregate_id"),
                  json::value(i == 0 ? "MOBILE-APP" : "TEST-001"));
    }
}

}  // namespace
}  // namespace dsm::testing

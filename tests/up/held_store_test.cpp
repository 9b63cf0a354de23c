// Another process holds the orchestrator's file: a backup that went wrong, a shell left open.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <boost/json.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>

#include "libs/rt/clock.hpp"
#include "tests/up/running_system.hpp"
#include "tests/up/stored_history.hpp"

namespace dsm::testing {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kAtOnce = 20;
constexpr milliseconds kBusy{2'000};
/// One whole wait, and a moment for each of the others; waits one after the other would be 40 s.
constexpr milliseconds kAnswerWithin = kBusy + kAtOnce * seconds(1);

/// How long the file is held: `DSM_TEST_HOLD_S` makes a longer test of it.
seconds hold_for() {
    const char* text = std::getenv("DSM_TEST_HOLD_S");
    return seconds(text == nullptr ? 3 : std::stoi(text));
}

std::string project(int number) {
    return fmt::format("P{}", number % 5);
}

json::value workspace() {
    json::array projects;
    json::array sprints;
    for (int i = 0; i < 5; ++i) {
        projects.push_back({{"id", project(i)},
                            {"name", "n"},
                            {"description", ""},
                            {"status", "active"},
                            {"team", json::array()}});
        sprints.push_back({{"sprint_id", project(i) + "-S01"},
                           {"project_id", project(i)},
                           {"sprint_name", "n"},
                           {"start_date", "2026-01-05"},
                           {"end_date", "2026-01-19"},
                           {"duration_weeks", 2},
                           {"status", "in_progress"}});
    }
    return {{"workspace",
             {{"projects", std::move(projects)},
              {"employees", json::array()},
              {"holidays", json::array()},
              {"pto", json::array()},
              {"sprints", std::move(sprints)},
              {"tasks", json::array()}}}};
}

struct Posted {
    WireReply reply;
    milliseconds took;
};

/// Twenty POSTs at once, to five projects, no two alike.
std::vector<Posted> post_at_once(const RunningSystem& system) {
    const auto wire = system.wire("orchestrator");
    const rt::SystemClock clock;
    std::vector<Posted> posted(kAtOnce);
    std::vector<std::jthread> callers;
    for (int i = 0; i < kAtOnce; ++i) {
        callers.emplace_back([&, i] {
            const auto begun = clock.steady();
            auto reply = wire.post("/orchestrate/project/" + project(i),
                                   {{"action", fmt::format("look {}", i)}});
            posted[i] = {std::move(reply), std::chrono::ceil<milliseconds>(clock.steady() - begun)};
        });
    }
    callers.clear();
    return posted;
}

TEST(HeldStore, RefusesEveryCallerInTimeReadsOnAndLosesNothing) {
    RunningSystem system;
    const TemporaryFolder folder;
    std::ofstream(folder.file("workspace.json")) << workspace();
    ASSERT_TRUE(system.start({"--import", folder.file("workspace.json")},
                             {{"SQLITE_BUSY_MS", std::to_string(kBusy.count())}}))
        << system.log();
    for (const auto& [reply, took] : post_at_once(system)) ASSERT_EQ(reply.status, 200);
    sqlite3* holder = nullptr;
    ASSERT_EQ(::sqlite3_open((system.data() + "/orchestrator.db").c_str(), &holder), SQLITE_OK);
    ASSERT_TRUE(eventually([&] {
        return ::sqlite3_exec(holder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK;
    }));

    const rt::SystemClock clock;
    const auto release = rt::Deadline::after(clock, hold_for());
    int refused = 0;
    while (release.left(clock) > milliseconds(0)) {
        for (const auto& [reply, took] : post_at_once(system)) {
            EXPECT_EQ(reply.status, 503) << reply.body;
            EXPECT_TRUE(reply.body.contains("another process holds the database")) << reply.body;
            EXPECT_TRUE(reply.headers.find("Retry-After"));
            EXPECT_LT(took, kAnswerWithin);
            ++refused;
        }
        EXPECT_EQ(decisions_of(system, "P0").size(), 4U) << "reads go on";
        EXPECT_EQ(system.wire("orchestrator").get("/health").status, 200);
        EXPECT_EQ(system.wire("orchestrator").get("/health/ready").status, 503);
    }
    ::sqlite3_close(holder);
    EXPECT_GE(refused, kAtOnce);

    for (const auto& [reply, took] : post_at_once(system)) EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(
        eventually([&] { return system.wire("orchestrator").get("/health/ready").status == 200; }));
    EXPECT_EQ(decisions_of(system, "P0").size(), 8U) << "one for each POST that was answered 200";
    std::string unmatched;
    EXPECT_TRUE(eventually([&] {
        unmatched = unmatched_records(system, {"P0", "P1", "P2", "P3", "P4"});
        return unmatched.empty();
    })) << unmatched;
    EXPECT_EQ(system.end(SIGTERM), 0);
}

}  // namespace
}  // namespace dsm::testing

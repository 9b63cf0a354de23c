// MONOTONIC: somebody sets the wall clock, and no wait of ours gets longer or shorter for it.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;
using dsm::testing::eventually;
using namespace std::chrono_literals;

constexpr std::chrono::hours kYear{24 * 365};

std::vector<std::string> event_ids(const json::array& events) {
    std::vector<std::string> ids;
    for (const json::value& event : events) ids.emplace_back(event.at("event_id").as_string());
    return ids;
}

class Monotonic : public ::testing::TestWithParam<std::chrono::hours> {};

INSTANTIATE_TEST_SUITE_P(Jumps, Monotonic, ::testing::Values(-kYear, kYear),
                         [](const auto& info) { return info.param < 0h ? "Back" : "Ahead"; });

TEST_P(Monotonic, DeliversWhatWaitedAndKeepsItsOrderWhenTheWallClockJumps) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.chronicle.server.add({.method = "POST", .status = 503});
    orchestra.stream->down = true;
    ASSERT_EQ(orchestra.post().status, 200);

    orchestra.jump(GetParam());
    ASSERT_EQ(orchestra.post().status, 200);
    orchestra.chronicle.server.clear_faults();
    orchestra.stream->down = false;

    EXPECT_TRUE(eventually([&] {
        return orchestra.chronicle.audits().size() == 2 && orchestra.events().size() == 2;
    }));
    std::vector<std::string> noted;
    for (const json::value& note : orchestra.chronicle.notes()) {
        noted.emplace_back(note.at("event_id").as_string());
    }
    EXPECT_EQ(event_ids(orchestra.events()), noted);
}

TEST_P(Monotonic, AnswersWithinItsDeadlineWhenTheWallClockJumpsMeanwhile) {
    Orchestra orchestra(workspace_in_sprint(), 2 * kSoon);
    orchestra.world.backlog.add({.path_contains = "/backlogs", .delay = 1h});
    std::jthread somebody([&] {
        eventually([&] { return orchestra.world.backlog.count("GET /backlogs") > 0; });
        orchestra.jump(GetParam());
    });

    const rt::SystemClock steady;
    const auto begun = steady.steady();
    const auto reply = orchestra.post();

    EXPECT_EQ(reply.status, 503) << reply.body;
    EXPECT_GE(steady.steady() - begun, orchestra.config.calls.backlog.timeout)
        << "the wall clock ended the call";
    EXPECT_GE(orchestra.world.backlog.count("GET /backlogs"), 1U);
}

TEST_P(Monotonic, SettlesAnOpenIntentThoughTheWallClockJumped) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST", .times = 1, .drop_reply = true});
    orchestra.world.sprint.add({.method = "GET", .path_contains = "/task-summary", .status = 500});
    ASSERT_EQ(orchestra.post().status, 503);

    orchestra.jump(GetParam());
    orchestra.world.sprint.clear_faults();
    orchestra.restart();

    EXPECT_TRUE(eventually([&] { return orchestra.events().size() == 1; }));
    EXPECT_EQ(orchestra.world.sprint.count("POST"), 1U);
    EXPECT_EQ(orchestra.cluster.size(), 1U);
}

}  // namespace
}  // namespace dsm::orchestrator::testing

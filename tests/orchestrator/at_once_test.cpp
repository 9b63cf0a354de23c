// Many requests at once, and the same request again: contract section 2.1.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <future>
#include <set>

#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;
using dsm::testing::WireReply;

std::vector<WireReply> at_once(int count, const std::function<WireReply(int)>& send) {
    std::vector<std::future<WireReply>> replies;
    for (int i = 0; i < count; ++i) {
        replies.push_back(std::async(std::launch::async, [&send, i] { return send(i); }));
    }
    std::vector<WireReply> results;
    for (auto& reply : replies) results.push_back(reply.get());
    return results;
}

std::string decision_of(const WireReply& reply) {
    return std::string(reply.headers.find("X-Decision-ID").value_or(""));
}

std::size_t decisions_in(const Orchestra& orchestra) {
    return orchestra.wire().get("/decisions").json().as_array().size();
}

/// Holds the next read of the backlog until the test has sent what it wants to send meanwhile.
void hold_next_flight(Orchestra& orchestra) {
    orchestra.world.backlog.add(
        {.path_contains = "/backlogs", .times = 1, .delay = std::chrono::milliseconds(1500)});
}

void wait_for_flight(const Orchestra& orchestra) {
    ASSERT_TRUE(dsm::testing::eventually(
        [&] { return orchestra.world.backlog.count("GET /backlogs") > 0; }));
}

TEST(AtOnce, ThirtyTwoRequestsOnAMissingCronJobAllAreAnsweredRightAndOneCreatesIt) {
    Orchestra orchestra(workspace_in_sprint());
    const auto replies = at_once(32, [&](int) { return orchestra.post(); });

    std::set<std::string> created;
    std::set<std::string> found;
    for (const WireReply& reply : replies) {
        ASSERT_EQ(reply.status, 200) << reply.body;
        const json::value body = reply.json();
        const bool made = body.at("decisions").at("cronjob_created").as_bool();
        EXPECT_EQ(made, body.at("cronjob_name") == kCronJob);
        EXPECT_TRUE(body.at("decisions").at("warnings").as_array().empty()) << reply.body;
        (made ? created : found).insert(decision_of(reply));
    }
    EXPECT_EQ(created.size(), 1U);
    EXPECT_EQ(orchestra.cluster.size(), 1U);
    EXPECT_EQ(orchestra.cluster.server.count("POST /apis/batch"), 1U);
    EXPECT_EQ(decisions_in(orchestra), created.size() + found.size());
}

TEST(AtOnce, WhoComesDuringAFlightSharesTheNextOne) {
    Orchestra orchestra(workspace_in_sprint());
    hold_next_flight(orchestra);
    auto first = std::async(std::launch::async, [&] { return orchestra.post(); });
    wait_for_flight(orchestra);
    const auto others = at_once(8, [&](int) { return orchestra.post(); });

    const std::string creator = decision_of(first.get());
    std::set<std::string> ids;
    for (const WireReply& reply : others) ids.insert(decision_of(reply));
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_FALSE(ids.contains(creator)) << "an answer never rests on earlier reads";
    EXPECT_EQ(decisions_in(orchestra), 2U);
}

TEST(AtOnce, EqualBodiesAreEqualHoweverTheyAreWritten) {
    Orchestra orchestra(workspace_in_sprint());
    hold_next_flight(orchestra);
    auto first = std::async(std::launch::async, [&] { return orchestra.post(); });
    wait_for_flight(orchestra);
    const char* const bodies[] = {R"({"action":"a","options":{}})",
                                  R"({ "options" : {}, "action" : "a" })"};
    const auto others =
        at_once(2, [&](int i) { return orchestra.wire().send("POST", kOrchestrate, bodies[i]); });

    first.get();
    EXPECT_EQ(decision_of(others[0]), decision_of(others[1]));
}

TEST(AtOnce, DifferentRequestsFollowInTurn) {
    Orchestra orchestra(workspace_in_sprint());
    hold_next_flight(orchestra);
    auto first = std::async(std::launch::async, [&] { return orchestra.post(); });
    wait_for_flight(orchestra);
    const char* const targets[] = {"/orchestrate/project/P1", "/orchestrate/project/P1?dry_run=1",
                                   "/orchestrate/project/P1?explain=1"};
    const auto others =
        at_once(3, [&](int i) { return orchestra.post(json::object(), targets[i]); });

    std::set<std::string> ids{decision_of(first.get())};
    for (const WireReply& reply : others) ids.insert(decision_of(reply));
    EXPECT_EQ(ids.size(), 4U);
    EXPECT_EQ(orchestra.cluster.server.count("POST /apis/batch"), 1U);
}

TEST(AtOnce, OneFirstSprintForManyRequests) {
    Orchestra orchestra(small_workspace(20));
    const auto replies = at_once(16, [&](int) { return orchestra.post(); });

    std::size_t creators = 0;
    for (const WireReply& reply : replies) {
        ASSERT_EQ(reply.status, 200) << reply.body;
        creators += !reply.json().at("sprint_id").is_null();
    }
    EXPECT_GE(creators, 1U);
    EXPECT_EQ(orchestra.world.sprint.count("POST"), 1U);
    EXPECT_EQ(orchestra.cluster.size(), 1U);
}

TEST(IdempotencyKey, TheSameKeyGivesTheSameAnswerAlsoAfterARestart) {
    Orchestra orchestra(workspace_in_sprint());
    const auto first = orchestra.post_with_key("k-1", "{}");
    const auto again = orchestra.post_with_key("k-1", "");
    orchestra.restart();
    const auto later = orchestra.post_with_key("k-1", " { } ");

    EXPECT_EQ(first.json().at("cronjob_name"), kCronJob);
    for (const WireReply& reply : {again, later}) {
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.body, first.body);
        EXPECT_EQ(decision_of(reply), decision_of(first));
    }
    EXPECT_EQ(decisions_in(orchestra), 1U);
}

TEST(IdempotencyKey, WithAnotherBodyItIsRefused) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.post_with_key("k-1", "{}");
    const auto other = orchestra.post_with_key("k-1", R"({"action":"x"})");

    EXPECT_EQ(other.status, 422);
    EXPECT_TRUE(other.json().at("detail").is_string());
    EXPECT_EQ(orchestra.post_with_key("k-2", R"({"action":"x"})").status, 200);
}

TEST(IdempotencyKey, ItsScopeIsThePath) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.post_with_key("k-1", "{}");

    EXPECT_EQ(orchestra.post_with_key("k-1", "{}", "/orchestrate/project/NOPE").status, 404);
}

TEST(IdempotencyKey, ARepeatDuringTheFlightWaitsForIt) {
    Orchestra orchestra(workspace_in_sprint());
    hold_next_flight(orchestra);
    auto first =
        std::async(std::launch::async, [&] { return orchestra.post_with_key("k-1", "{}"); });
    wait_for_flight(orchestra);
    const auto repeat = orchestra.post_with_key("k-1", "{}");
    const auto other = orchestra.post_with_key("k-1", R"({"action":"x"})");

    const auto answer = first.get();
    EXPECT_EQ(repeat.body, answer.body);
    EXPECT_EQ(decision_of(repeat), decision_of(answer));
    EXPECT_EQ(other.status, 422);
    EXPECT_EQ(decisions_in(orchestra), 1U);
}

TEST(IdempotencyKey, SharedFlightsKeepTheAnswerForEveryKey) {
    Orchestra orchestra(workspace_in_sprint());
    hold_next_flight(orchestra);
    auto first = std::async(std::launch::async, [&] { return orchestra.post(); });
    wait_for_flight(orchestra);
    const auto keyed =
        at_once(4, [&](int i) { return orchestra.post_with_key(fmt::format("k-{}", i), "{}"); });

    first.get();
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(orchestra.post_with_key(fmt::format("k-{}", i), "{}").body,
                  keyed[static_cast<std::size_t>(i)].body);
    }
}

TEST(IdempotencyKey, OnlySuccessesAreKept) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.world.backlog.add({.path_contains = "/backlogs", .times = 1, .status = 500});
    const auto failed = orchestra.post_with_key("k-1", "{}");
    const auto succeeded = orchestra.post_with_key("k-1", "{}");

    EXPECT_EQ(failed.status, 502);
    EXPECT_EQ(succeeded.status, 200);
    EXPECT_EQ(succeeded.json().at("cronjob_name"), kCronJob);
}

TEST(IdempotencyKey, ADryRunNeitherTakesNorGivesTheAnswerOfItsKey) {
    Orchestra orchestra(workspace_in_sprint());
    const char* const target = "/orchestrate/project/P1?dry_run=true";
    const auto planned = orchestra.post_with_key("k-1", "{}", target);
    const auto done = orchestra.post_with_key("k-1", "{}");
    const auto planned_later = orchestra.post_with_key("k-1", "{}", target);

    EXPECT_EQ(planned.json().at("actions_taken").as_array().size(), 0U);
    EXPECT_EQ(done.json().at("cronjob_name"), kCronJob);
    EXPECT_EQ(orchestra.cluster.size(), 1U);
    EXPECT_NE(planned_later.body, done.body);
    EXPECT_EQ(planned_later.json().at_pointer("/explanation/path"), "monitor");
    EXPECT_EQ(orchestra.post_with_key("k-1", "{}").body, done.body);
}

}  // namespace
}  // namespace dsm::orchestrator::testing

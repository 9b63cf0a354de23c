// DRAIN-EXIT at the wire: what was accepted when the stop came is finished, or parked for the next
// start; nothing is recorded as failed because of the stop.
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <future>

#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using dsm::testing::eventually;
using dsm::testing::WireReply;
using std::chrono::milliseconds;

constexpr const char* kNewCronJob = "run-dailyscrum-p1-p1-s01";
constexpr std::chrono::minutes kTooLong{10};

std::size_t decisions_in(const Orchestra& orchestra) {
    return orchestra.wire().get("/decisions").json().as_array().size();
}

/// The next call that makes a sprint is held up so long.
void hold_sprint(Orchestra& orchestra, milliseconds delay) {
    orchestra.world.sprint.add({.method = "POST", .times = 1, .delay = delay});
}

void wait_for_sprint_call(const Orchestra& orchestra) {
    ASSERT_TRUE(eventually([&] { return orchestra.world.sprint.count("POST") > 0; }));
}

/// What a cut off answer may still say, where there was time to say it.
void expect_parked(const WireReply& reply, std::string_view what) {
    if (reply.status == 0) return;
    EXPECT_EQ(reply.status, 503) << reply.body;
    EXPECT_TRUE(reply.body.contains(what)) << reply.body;
    EXPECT_TRUE(reply.headers.find("Retry-After"));
}

TEST(Drain, WhatWasAcceptedIsFinishedAndAnsweredBeforeTheEnd) {
    Orchestra orchestra(small_workspace(4));
    hold_sprint(orchestra, milliseconds(500));
    auto posted = std::async(std::launch::async, [&] { return orchestra.post(); });
    wait_for_sprint_call(orchestra);

    orchestra.stop();

    const auto reply = posted.get();
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.json().at("cronjob_name"), kNewCronJob);
    EXPECT_TRUE(orchestra.cluster.find(kNewCronJob));
}

/// With room for one, the second of two is turned away at once, and the first is in line then.
TEST(Drain, WhoWaitsInLineIsAnsweredToo) {
    Orchestra orchestra(small_workspace(4));
    orchestra.config.waiting_limit = 1;
    orchestra.restart();
    hold_sprint(orchestra, milliseconds(1'000));
    auto posted = std::async(std::launch::async, [&] { return orchestra.post(); });
    wait_for_sprint_call(orchestra);
    const auto ask = [&](const char* action) {
        return std::async(std::launch::async,
                          [&orchestra, action] { return orchestra.post({{"action", action}}); });
    };
    std::array<std::future<WireReply>, 2> both{ask("a"), ask("b")};
    const auto is_there = [](const std::future<WireReply>& reply) {
        return reply.wait_for(milliseconds(0)) == std::future_status::ready;
    };
    ASSERT_TRUE(eventually([&] { return std::ranges::any_of(both, is_there); }));

    orchestra.stop();

    EXPECT_EQ(posted.get().status, 200);
    const std::array replies{both[0].get(), both[1].get()};
    const bool one_was_in_line = std::ranges::any_of(
        replies, [](const WireReply& reply) { return reply.body.contains("Too many"); });
    const auto answered = std::ranges::count(replies, 200, &WireReply::status);
    if (one_was_in_line) EXPECT_EQ(answered, 1) << replies[0].body << replies[1].body;
}

TEST(Drain, AKeyWhoseClientLeftIsFinishedAndItsRepeatGetsThatAnswer) {
    Orchestra orchestra(small_workspace(4));
    hold_sprint(orchestra, milliseconds(500));
    {
        asio::io_context context;
        asio::ip::tcp::socket socket(context);
        socket.connect({asio::ip::address_v4::loopback(), orchestra.port()});
        asio::write(socket, asio::buffer(fmt::format(
                                "POST {} HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k\r\n"
                                "Content-Length: 2\r\n\r\n{{}}",
                                kOrchestrate)));
        wait_for_sprint_call(orchestra);
    }

    orchestra.stop();

    EXPECT_TRUE(orchestra.cluster.find(kNewCronJob)) << "before the end, not by the next start";
    orchestra.start();
    EXPECT_EQ(orchestra.post_with_key("k", "{}").json().at("cronjob_name"), kNewCronJob);
    EXPECT_EQ(decisions_in(orchestra), 1U);
    EXPECT_EQ(orchestra.world.sprint.count("POST"), 1U);
}

TEST(Drain, ASprintThatCannotBeFinishedInTimeIsParkedAndSettledByTheNextStart) {
    Orchestra orchestra(small_workspace(4), std::chrono::seconds(20));
    hold_sprint(orchestra, kTooLong);
    auto posted = std::async(std::launch::async, [&] { return orchestra.post(); });
    wait_for_sprint_call(orchestra);

    orchestra.stop(milliseconds(1'000));

    expect_parked(posted.get(), " was begun; that is settled before anything else is done");
    orchestra.start();
    EXPECT_TRUE(eventually([&] { return orchestra.chronicle.audits().size() == 1; }));
    EXPECT_EQ(decisions_in(orchestra), 1U);
    EXPECT_TRUE(orchestra.cluster.find(kNewCronJob));
    EXPECT_EQ(orchestra.world.sprints_of("P1"), std::vector<std::string>{"P1-S01"});
}

TEST(Drain, ACronJobThatCannotBeFinishedInTimeIsNotRecordedAsFailed) {
    for (const bool keyed : {false, true}) {
        Orchestra orchestra(workspace_in_sprint(), std::chrono::seconds(20));
        orchestra.cluster.server.add(
            {.method = "POST", .path_contains = "/cronjobs", .times = 1, .delay = kTooLong});
        auto posted = std::async(std::launch::async, [&] {
            return keyed ? orchestra.post_with_key("k", "{}") : orchestra.post();
        });
        ASSERT_TRUE(
            eventually([&] { return orchestra.cluster.server.count("POST /apis/batch") > 0; }));

        orchestra.stop(milliseconds(1'000));

        expect_parked(posted.get(),
                      kCronJob + std::string(" may have been created. Done: nothing."));
        orchestra.start();
        const auto again = keyed ? orchestra.post_with_key("k", "{}") : orchestra.post();
        EXPECT_EQ(again.json().at("cronjob_name"), kCronJob) << again.body;
        EXPECT_EQ(decisions_in(orchestra), 1U);
        EXPECT_TRUE(eventually([&] { return orchestra.chronicle.audits().size() == 1; }));
    }
}

TEST(Drain, ReadsThatAreCutOffAreNotDecidedUpon) {
    Orchestra orchestra(workspace_in_sprint(), std::chrono::seconds(20));
    orchestra.cluster.server.add(
        {.method = "GET", .path_contains = "/cronjobs/", .times = 1, .delay = kTooLong});
    auto posted = std::async(std::launch::async, [&] { return orchestra.post(); });
    ASSERT_TRUE(eventually([&] {
        return orchestra.cluster.server.count("GET /apis/batch/v1/namespaces/dsm/cronjobs/run") > 0;
    }));

    orchestra.stop(milliseconds(1'000));

    expect_parked(posted.get(), "The orchestrator is stopping.");
    orchestra.start();
    EXPECT_EQ(decisions_in(orchestra), 0U);
}

}  // namespace
}  // namespace dsm::orchestrator::testing

// Streams that are down, restarted, paused, guarded or misused; and what only one adapter does.
#include <gtest/gtest.h>

#include <fstream>

#include "libs/rt/task_scope.hpp"
#include "libs/stream/event_stream.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/redis_server.hpp"
#include "libs/testing/stopped_clock.hpp"

namespace dsm::stream {
namespace {

using namespace std::chrono_literals;
using testing::await;

const rt::SystemClock kClock;

rt::Deadline in(std::chrono::milliseconds budget) {
    return rt::Deadline::after(kClock, budget);
}

Result<std::string> append(EventStream& events, const std::string& stream,
                           std::chrono::milliseconds budget = 60s) {
    return await(events.append(stream, {"{}", "TYPE", "e"}, 100, "", in(budget)));
}

TEST(RedisStream, SaysThatNothingListens) {
    auto events = make_redis_stream({.port = 1}, kClock);

    auto outcome = append(*events, "s");

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(outcome.error().message.find("refused"), std::string::npos)
        << outcome.error().message;
    EXPECT_FALSE(await(events->healthy(in(1s))));
}

TEST(RedisStream, ComesBackWhenRedisDoes) {
    testing::RedisServer redis;
    auto events = make_redis_stream(redis.settings(), kClock);
    ASSERT_TRUE(append(*events, "s"));
    redis.kill();
    auto down = append(*events, "s");
    redis.start();

    auto up = append(*events, "s");

    ASSERT_FALSE(down);
    EXPECT_EQ(down.error().code, ErrorCode::kUnavailable) << down.error().message;
    EXPECT_TRUE(up) << up.error().message;
}

TEST(RedisStream, NotesThatAKilledConnectionIsDeadBeforeItAppends) {
    testing::RedisServer redis;
    auto events = make_redis_stream(redis.settings(), kClock);
    ASSERT_TRUE(append(*events, "s"));
    redis.kill();
    redis.start();

    auto outcome = append(*events, "s");

    EXPECT_TRUE(outcome) << outcome.error().message;
}

TEST(RedisStream, RefusesAWrongPasswordWithoutRepeatingIt) {
    testing::RedisServer redis("the right one");
    auto settings = redis.settings();
    ASSERT_TRUE(append(*make_redis_stream(settings, kClock), "s"));
    settings.password = "hunter2";

    auto wrong = append(*make_redis_stream(settings, kClock), "s");
    settings.password.clear();
    auto none = append(*make_redis_stream(settings, kClock), "s");

    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(wrong.error().message.find("password was refused"), std::string::npos);
    EXPECT_EQ(wrong.error().message.find("hunter2"), std::string::npos);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("NOAUTH"), std::string::npos) << none.error().message;
}

TEST(RedisStream, KeepsDatabasesApart) {
    testing::RedisServer redis;
    auto settings = redis.settings();
    settings.db = 3;
    ASSERT_TRUE(append(*make_redis_stream(settings, kClock), "s"));

    auto elsewhere = make_redis_stream(redis.settings(), kClock);

    EXPECT_TRUE(await(elsewhere->range("s", "", 10, in(60s))).value().empty());
}

TEST(RedisStream, SaysThatAKeyIsNoStream) {
    testing::RedisServer redis;
    const auto port = std::to_string(redis.port());
    ASSERT_EQ(testing::run_process({"redis-cli", "-p", port, "SET", "s", "text"}).exit_code, 0);

    auto outcome = append(*make_redis_stream(redis.settings(), kClock), "s");

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(outcome.error().message.find("WRONGTYPE"), std::string::npos);
}

TEST(RedisStream, HonoursTheDeadlineWhileRedisIsPaused) {
    testing::RedisServer redis;
    auto events = make_redis_stream(redis.settings(), kClock);
    ASSERT_TRUE(append(*events, "s"));
    redis.pause();

    auto outcome = append(*events, "s", 1s);
    auto reading = await(events->range("s", "", 10, in(1s)));
    redis.resume();

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kUnknown) << outcome.error().message;
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(append(*events, "s"));
}

/// Of a server that is given up after two failures, and for as long as a test takes.
RedisSettings impatient(RedisSettings settings) {
    settings.policy.breaker = {.failures_to_open = 2, .open_for = 600s};
    return settings;
}

TEST(RedisStream, LeavesAServerAloneThatFailedAgainAndAgain) {
    auto events = make_redis_stream(impatient({.port = 1}), kClock);
    for (int i = 0; i < 2; ++i) ASSERT_FALSE(append(*events, "s"));

    const auto refused = append(*events, "s");

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable) << "it did not happen";
    EXPECT_NE(refused.error().message.find("is not asked for"), std::string::npos)
        << refused.error().message;
    EXPECT_GT(events->closed_for(), 500s);
    EXPECT_FALSE(await(events->healthy(in(5s))));
    EXPECT_EQ(events->tally()->state, rt::BreakerState::kOpen);
    EXPECT_EQ(events->tally()->shed, 2U);
}

TEST(RedisStream, IsAskedAgainByOneCallAndThenByAll) {
    testing::RedisServer redis;
    testing::StoppedClock clock;
    auto settings = redis.settings();
    settings.policy.breaker = {.failures_to_open = 2, .open_for = 5s};
    auto events = make_redis_stream(settings, clock);
    const auto append_now = [&] {
        const auto deadline = rt::Deadline::after(clock, 5s);
        return await(events->append("s", {"{}", "TYPE", "e"}, 100, "", deadline));
    };
    redis.kill();
    for (int i = 0; i < 2; ++i) ASSERT_FALSE(append_now());
    redis.start();
    ASSERT_FALSE(append_now()) << "its time is not over";
    clock.now += 5s;
    ASSERT_EQ(events->closed_for(), 0s);

    const auto probe = append_now();

    EXPECT_TRUE(probe) << probe.error().message;
    EXPECT_TRUE(append_now());
    EXPECT_EQ(events->tally()->state, rt::BreakerState::kClosed);
}

TEST(RedisStream, LeavesAServerAloneThatDoesNotAnswer) {
    testing::RedisServer redis;
    auto settings = impatient(redis.settings());
    settings.policy.timeout = 200ms;
    auto events = make_redis_stream(settings, kClock);
    redis.pause();
    for (int i = 0; i < 2; ++i) ASSERT_FALSE(append(*events, "s"));

    const auto refused = append(*events, "s");
    redis.resume();

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable) << refused.error().message;
    EXPECT_GT(events->closed_for(), 500s);
}

TEST(RedisStream, LeavesAServerAloneThatLoads) {
    testing::RedisServer redis;
    ASSERT_TRUE(append(*make_redis_stream(redis.settings(), kClock), "s"));
    redis.restart_slowly(60s);
    auto events = make_redis_stream(impatient(redis.settings()), kClock);

    for (int i = 0; i < 2; ++i) ASSERT_FALSE(append(*events, "s"));

    EXPECT_GT(events->closed_for(), 500s);
}

TEST(RedisStream, IsAskedOnHoweverOftenItRefusesOneThing) {
    testing::RedisServer redis;
    ASSERT_EQ(redis.command("SET text x"), "+OK");
    auto events = make_redis_stream(impatient(redis.settings()), kClock);
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(append(*events, "text")) << "no stream";
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(await(events->lag("s", "g", in(5s)))) << "no group";
    ASSERT_EQ(redis.command("CONFIG SET maxmemory 1"), "+OK");
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(append(*events, "s")) << "full";

    EXPECT_EQ(events->tally()->state, rt::BreakerState::kClosed);
    EXPECT_TRUE(await(events->range("s", "", 10, in(5s)))) << "who reads is served";
}

TEST(RedisStream, IsAskedOnHoweverOftenItRefusesThePassword) {
    testing::RedisServer redis("the right one");
    auto settings = impatient(redis.settings());
    settings.password = "hunter2";
    auto events = make_redis_stream(settings, kClock);

    for (int i = 0; i < 5; ++i) EXPECT_FALSE(append(*events, "s"));

    EXPECT_EQ(events->tally()->state, rt::BreakerState::kClosed);
}

TEST(RedisStream, WritesTheFieldsThatOthersReadInTheirOrder) {
    testing::RedisServer redis;
    auto events = make_redis_stream(redis.settings(), kClock);
    ASSERT_TRUE(await(events->append("s", {"{\"a\":1}", "TYPE", "e1"}, 100, "7-1", in(60s))));

    const auto shown = testing::run_process(
        {"redis-cli", "-p", std::to_string(redis.port()), "XRANGE", "s", "-", "+"});

    EXPECT_EQ(shown.out, "7-1\ndata\n{\"a\":1}\nevent_type\nTYPE\nevent_id\ne1\n");
}

TEST(RedisStream, ReadsEntriesOfOtherProducers) {
    testing::RedisServer redis;
    auto events = make_redis_stream(redis.settings(), kClock);
    const auto port = std::to_string(redis.port());
    ASSERT_EQ(
        testing::run_process({"redis-cli", "-p", port, "XADD", "s", "7-1", "data", "{}"}).exit_code,
        0);

    const auto entries = await(events->range("s", "", 10, in(60s))).value();

    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].event.data, "{}");
    EXPECT_EQ(entries[0].event.event_id, "");
}

TEST(SqlStream, FindsEntriesAndGroupsAfterReopening) {
    testing::TemporaryFolder folder;
    {
        auto events = open_sql_stream(folder.file("s.db"), kClock).value();
        ASSERT_TRUE(append(*events, "s"));
        ASSERT_TRUE(await(events->ensure_group("s", "g", in(60s))));
        ASSERT_EQ(await(events->read_group({"s", "g", "c"}, in(60s))).value().size(), 1U);
    }

    auto events = open_sql_stream(folder.file("s.db"), kClock).value();

    EXPECT_TRUE(await(events->read_group({"s", "g", "c"}, in(60s))).value().empty());
    EXPECT_EQ(await(events->reclaim({"s", "g", "c"}, 0ms, in(60s))).value().size(), 1U);
}

TEST(SqlStream, FindsWhatAnotherProcessAppends) {
    testing::TemporaryFolder folder;
    auto reader = open_sql_stream(folder.file("s.db"), kClock).value();
    auto writer = open_sql_stream(folder.file("s.db"), kClock).value();
    ASSERT_TRUE(await(reader->ensure_group("s", "g", in(60s))));
    ASSERT_TRUE(append(*writer, "s"));

    EXPECT_EQ(await(reader->read_group({"s", "g", "c", 64, 5s}, in(6s))).value().size(), 1U);
}

TEST(SqlStream, RefusesAFileThatIsNoDatabase) {
    testing::TemporaryFolder folder;
    std::ofstream(folder.file("s.db")) << std::string(4096, 'x');

    auto opened = open_sql_stream(folder.file("s.db"), kClock);

    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("not a database"), std::string::npos);
}

TEST(EntryId, ReadsTwoNumbersAndNothingElse) {
    std::uint64_t ms = 0;
    std::uint64_t sequence = 0;

    EXPECT_TRUE(parse_entry_id("12-34", ms, sequence));
    EXPECT_EQ(ms, 12U);
    EXPECT_EQ(sequence, 34U);
    for (const auto* text :
         {"", "1", "-", "1-", "-1", "a-1", "1-b", "1-2-3", "99999999999999999999-0"}) {
        EXPECT_FALSE(parse_entry_id(text, ms, sequence)) << text;
    }
}

}  // namespace
}  // namespace dsm::stream

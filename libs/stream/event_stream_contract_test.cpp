// What both adapters of the stream port promise: SQL on a file, and a real Redis.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "libs/rt/parallel.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/stream/event_stream.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/redis_server.hpp"

namespace dsm::stream {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::await;

const rt::SystemClock kClock;

testing::RedisServer& shared_redis() {
    static testing::RedisServer server;
    return server;
}

class EventStreamTest : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        static std::atomic<int> tests = 0;
        stream_ = fmt::format("s{}", ++tests);
        if (std::string(GetParam()) == "redis") {
            events_ = make_redis_stream(shared_redis().settings(), kClock);
            return;
        }
        auto opened = open_sql_stream(folder_.file("streams.db"), kClock);
        ASSERT_TRUE(opened) << opened.error().message;
        events_ = std::move(*opened);
    }

    static rt::Deadline soon() { return rt::Deadline::after(kClock, 60s); }

    Result<std::string> append(const std::string& data, const std::string& id = "",
                               std::size_t max_length = 100'000) {
        return await(
            events_->append(stream_, {data, "TYPE", "event-" + data}, max_length, id, soon()));
    }
    GroupRead by(const std::string& consumer, std::size_t count = 64) const {
        return {.stream = stream_, .group = "g", .consumer = consumer, .count = count};
    }
    std::vector<Entry> read(const GroupRead& read) {
        auto entries = await(events_->read_group(read, soon()));
        EXPECT_TRUE(entries) << entries.error().message;
        return entries.value_or(std::vector<Entry>{});
    }
    std::vector<Entry> reclaim(const std::string& consumer, std::chrono::milliseconds idle) {
        auto entries = await(events_->reclaim(by(consumer), idle, soon()));
        EXPECT_TRUE(entries) << entries.error().message;
        return entries.value_or(std::vector<Entry>{});
    }
    void acknowledge(const std::vector<std::string>& ids) {
        EXPECT_TRUE(await(events_->acknowledge(stream_, "g", ids, soon())));
    }
    void make_group(const std::string& name = "g") {
        auto made = await(events_->ensure_group(stream_, name, soon()));
        ASSERT_TRUE(made) << made.error().message;
    }
    rt::Steady::duration time_to_a_waiting_reader(const std::string& data);
    static std::vector<std::string> data_of(const std::vector<Entry>& entries) {
        std::vector<std::string> data;
        for (const auto& entry : entries) data.push_back(entry.event.data);
        return data;
    }

    testing::TemporaryFolder folder_;
    std::string stream_;
    std::unique_ptr<EventStream> events_;
};

using Texts = std::vector<std::string>;

INSTANTIATE_TEST_SUITE_P(Adapters, EventStreamTest, ::testing::Values("sql", "redis"),
                         [](const auto& info) { return info.param; });

TEST_P(EventStreamTest, GivesBackWhatWasAppendedInOrder) {
    const std::string hostile = "{\"a\":\"\\u0000 'quotes' \r\n % $ü\"}";
    const auto first = append(hostile).value();
    const auto second = append("2").value();

    const auto entries = await(events_->range(stream_, "", 10, soon())).value();

    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].id, first);
    EXPECT_EQ(entries[0].event.data, hostile);
    EXPECT_EQ(entries[0].event.event_type, "TYPE");
    EXPECT_EQ(entries[0].event.event_id, "event-" + hostile);
    EXPECT_EQ(entries[1].id, second);
}

TEST_P(EventStreamTest, SaysWhereAStreamEnds) {
    const auto nothing = await(events_->end(stream_, soon())).value();
    ASSERT_TRUE(append("1", "5-1"));
    ASSERT_TRUE(append("2", "7-3"));

    const auto end = await(events_->end(stream_, soon())).value();

    EXPECT_EQ(nothing.last_id, "");
    EXPECT_EQ(nothing.length, 0U);
    EXPECT_EQ(end.last_id, "7-3");
    EXPECT_EQ(end.length, 2U);
}

TEST_P(EventStreamTest, RemovesEntriesAndKeepsTheirIdsTaken) {
    const auto first = append("1", "5-1").value();
    const auto second = append("2", "5-2").value();

    ASSERT_TRUE(await(events_->remove(stream_, {second, "4-0"}, soon())));

    EXPECT_EQ(data_of(await(events_->range(stream_, "", 9, soon())).value()), Texts{"1"});
    EXPECT_EQ(await(events_->end(stream_, soon())).value().length, 1U);
    EXPECT_EQ(append("3", "5-2").error().code, ErrorCode::kConflict);
}

TEST_P(EventStreamTest, KeepsWhyAnEntryWasParked) {
    ASSERT_TRUE(await(events_->append(stream_, {"{}", "TYPE", "e", "g: no use"}, 9, "", soon())));
    ASSERT_TRUE(append("2"));

    const auto entries = await(events_->range(stream_, "", 9, soon())).value();

    EXPECT_EQ(entries.at(0).event.why, "g: no use");
    EXPECT_EQ(entries.at(1).event.why, "");
}

TEST_P(EventStreamTest, PagesThroughARange) {
    Texts ids;
    for (int i = 0; i < 5; ++i) ids.push_back(append(std::to_string(i)).value());

    EXPECT_EQ(data_of(await(events_->range(stream_, "", 2, soon())).value()), (Texts{"0", "1"}));
    EXPECT_EQ(data_of(await(events_->range(stream_, ids[1], 2, soon())).value()),
              (Texts{"2", "3"}));
    EXPECT_TRUE(await(events_->range(stream_, ids[4], 2, soon())).value().empty());
    EXPECT_TRUE(await(events_->range("no-such-" + stream_, "", 2, soon())).value().empty());
}

TEST_P(EventStreamTest, KeepsExplicitIdsAndRefusesOnesThatDoNotGrow) {
    ASSERT_EQ(append("a", "5000-3").value(), "5000-3");

    EXPECT_EQ(append("same", "5000-3").error().code, ErrorCode::kConflict);
    EXPECT_EQ(append("less", "4999-9").error().code, ErrorCode::kConflict);
    EXPECT_EQ(append("more", "5000-4").value(), "5000-4");
    EXPECT_EQ(data_of(await(events_->range(stream_, "", 10, soon())).value()),
              (Texts{"a", "more"}));
}

TEST_P(EventStreamTest, ChoosesIdsAfterOneFromTheFuture) {
    ASSERT_TRUE(append("future", "99999999999999-0"));

    ASSERT_TRUE(append("next"));

    EXPECT_EQ(data_of(await(events_->range(stream_, "", 10, soon())).value()),
              (Texts{"future", "next"}));
}

TEST_P(EventStreamTest, AGroupBeginsAtTheBeginning) {
    append("before");
    make_group();
    append("after");

    EXPECT_EQ(data_of(read(by("c"))), (Texts{"before", "after"}));
}

TEST_P(EventStreamTest, MakingAGroupAgainKeepsItsPlace) {
    append("1");
    make_group();
    read(by("c"));

    make_group();

    EXPECT_TRUE(read(by("c")).empty());
}

TEST_P(EventStreamTest, HandsEachEntryToOneConsumerOfAGroupAndToEveryGroup) {
    make_group("g");
    make_group("other");
    for (int i = 0; i < 4; ++i) append(std::to_string(i));

    const auto a = read(by("a", 2));
    const auto b = read(by("b", 64));
    auto elsewhere = by("a");
    elsewhere.group = "other";

    EXPECT_EQ(data_of(a), (Texts{"0", "1"}));
    EXPECT_EQ(data_of(b), (Texts{"2", "3"}));
    EXPECT_EQ(a[0].deliveries, 1);
    EXPECT_EQ(data_of(read(elsewhere)), (Texts{"0", "1", "2", "3"}));
}

TEST_P(EventStreamTest, ReclaimsWhatWasNotAcknowledgedAndCountsDeliveries) {
    make_group();
    append("1");
    append("2");
    const auto entries = read(by("dead"));
    ASSERT_EQ(entries.size(), 2U);
    acknowledge({entries[0].id});

    const auto first = reclaim("alive", 0ms);
    const auto second = reclaim("alive", 0ms);
    acknowledge({entries[1].id});

    EXPECT_EQ(data_of(first), Texts{"2"});
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(first[0].deliveries, 2);
    EXPECT_EQ(second[0].deliveries, 3);
    EXPECT_TRUE(reclaim("alive", 0ms).empty());
}

TEST_P(EventStreamTest, DoesNotReclaimWhatIsBeingHandled) {
    make_group();
    append("1");
    read(by("busy"));

    EXPECT_TRUE(reclaim("other", 60s).empty());
}

TEST_P(EventStreamTest, AcknowledgingTwiceOrTheUnknownChangesNothing) {
    make_group();
    append("1");
    const auto entries = read(by("c"));

    acknowledge({entries[0].id, "1-1"});
    acknowledge({entries[0].id});
    acknowledge({});

    EXPECT_TRUE(reclaim("c", 0ms).empty());
}

TEST_P(EventStreamTest, TrimsToAboutTheLengthAsked) {
    make_group();
    for (int i = 0; i < 500; ++i) append(std::to_string(i), "", 100);

    const auto kept = await(events_->range(stream_, "", 1000, soon())).value();

    EXPECT_GE(kept.size(), 100U);
    EXPECT_LE(kept.size(), 250U);
    EXPECT_EQ(kept.back().event.data, "499");
    EXPECT_EQ(read(by("c", 1000)).size(), kept.size());
}

TEST_P(EventStreamTest, ForgetsPendingEntriesThatWereTrimmed) {
    make_group();
    append("lost", "", 10);
    ASSERT_EQ(read(by("dead")).size(), 1U);
    for (int i = 0; i < 300; ++i) append(std::to_string(i), "", 10);

    EXPECT_TRUE(reclaim("alive", 0ms).empty());
}

TEST_P(EventStreamTest, SaysHowFarAGroupIsBehind) {
    for (const char* data : {"1", "2", "3"}) ASSERT_TRUE(append(data));
    make_group();
    const auto lag = [&] { return await(events_->lag(stream_, "g", soon())).value(); };
    EXPECT_EQ(lag().waiting, 3U);

    const auto taken = read(by("c", 2));
    EXPECT_EQ(lag().waiting, 1U);
    EXPECT_EQ(lag().pending, 2U);

    acknowledge({taken.at(0).id});
    EXPECT_EQ(lag().pending, 1U);
    EXPECT_EQ(await(events_->lag(stream_, "none", soon())).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(await(events_->lag("none", "g", soon())).error().code, ErrorCode::kNotFound);
}

TEST_P(EventStreamTest, SaysThatAGroupIsNotThere) {
    append("1");

    auto entries = await(events_->read_group(by("c"), soon()));

    ASSERT_FALSE(entries);
    EXPECT_EQ(entries.error().code, ErrorCode::kNotFound);
}

/// How long an entry was in the stream before a reader that waits had it.
rt::Steady::duration EventStreamTest::time_to_a_waiting_reader(const std::string& data) {
    rt::Steady appended_at{};
    rt::Steady got_at{};
    await([&]() -> asio::awaitable<void> {
        co_await rt::when_all({
            [&]() -> asio::awaitable<void> {
                auto waiting = by("c");
                waiting.wait = 40s;
                auto entries = co_await events_->read_group(waiting, soon());
                got_at = kClock.steady();
                EXPECT_EQ(data_of(entries.value_or(std::vector<Entry>{})), Texts{data});
            },
            [&]() -> asio::awaitable<void> {
                co_await rt::sleep_for(150ms);  // the reader has gone to wait by then
                appended_at = kClock.steady();
                Event event{data, "TYPE", "e" + data};
                co_await events_->append(stream_, event, 100, "", soon());
            },
        });
    }());
    return got_at - appended_at;
}

/// A busy machine may be late a few times; a reader that looks now and then always is.
TEST_P(EventStreamTest, AWaitingReaderGetsAnEntryAtOnce) {
    make_group();
    bool at_once = false;
    for (int i = 0; i < 20 && !at_once; ++i) {
        at_once = time_to_a_waiting_reader(std::to_string(i)) < 500ms;
    }

    EXPECT_TRUE(at_once);
}

TEST_P(EventStreamTest, AWaitWithoutNewsEndsEmpty) {
    make_group();
    auto waiting = by("c");
    waiting.wait = 120ms;
    const auto began = kClock.steady();

    EXPECT_TRUE(read(waiting).empty());
    EXPECT_GE(kClock.steady() - began, 100ms);
}

TEST_P(EventStreamTest, ManyThreadsAppendAndReadEachEntryOnce) {
    make_group();
    std::mutex mutex;
    std::multiset<std::string> got;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 25; ++i) {
                    EXPECT_TRUE(append(fmt::format("{}-{}", t, i)));
                    const auto entries = read(by(fmt::format("c{}", t), 3));
                    std::lock_guard lock(mutex);
                    for (const auto& data : data_of(entries)) got.insert(data);
                }
            });
        }
    }
    for (const auto& data : data_of(read(by("last", 1000)))) got.insert(data);

    EXPECT_EQ(got.size(), 200U);
    EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), 200U);
}

TEST_P(EventStreamTest, IsHealthy) {
    EXPECT_TRUE(await(events_->healthy(soon())));
}

}  // namespace
}  // namespace dsm::stream

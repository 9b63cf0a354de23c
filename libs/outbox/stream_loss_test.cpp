// A real Redis that forgets, refuses, stops or is replaced: every row is in the stream once, in
// order.
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <filesystem>

#include "libs/outbox/entry_ids.hpp"
#include "libs/outbox/outbox.hpp"
#include "libs/outbox/outbox_store.hpp"
#include "libs/outbox/outbox_store_test.hpp"
#include "libs/outbox/stream_delivery.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/redis_server.hpp"

namespace dsm::outbox {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::await;
using Texts = std::vector<std::string>;

const rt::SystemClock kClock;

class StreamLoss : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = store_.open();
        ASSERT_TRUE(opened) << opened.error().message;
        database_ = std::move(*opened);
        use(redis_);
    }

    void use(const testing::RedisServer& server) {
        events_ = stream::make_redis_stream(server.settings(), kClock);
    }

    void put(int first, int last, const std::string& key = "") {
        for (int i = first; i <= last; ++i) {
            auto done = database_->write_now([&](soci::session& session) -> Result<void> {
                enqueue(session,
                        {.destination = "stream:s",
                         .order_key = key,
                         .event_id = fmt::format("e{}", i),
                         .payload = "{}"},
                        kClock.wall());
                return {};
            });
            ASSERT_TRUE(done) << done.error().message;
        }
    }

    int rows_in_state(const std::string& state) {
        int rows = -1;
        auto done = database_->write_now([&](soci::session& session) -> Result<void> {
            session << "SELECT COUNT(*) FROM outbox WHERE state = :state", soci::into(rows),
                soci::use(state);
            return {};
        });
        return done ? rows : -1;
    }

    /// Runs a relay until `enough` holds, or for a minute.
    void relay_until(std::function<bool()> enough) {
        asio::io_context loop(1);
        Relay relay(
            *database_, [this](const Row& row) { return deliver(row); },
            {.service = "test-service",
             .batch = 3,
             .events = events_.get(),
             .stream_max_length = max_length_,
             .check_streams_every = 20ms},
            kClock, *random_, metrics_);
        rt::TaskScope scope(loop.get_executor());
        scope.spawn("relay", [&] { return relay.run(); });
        scope.spawn("end", [&]() -> asio::awaitable<void> {
            for (int i = 0; i == 0 || (i < 6'000 && !enough()); ++i) {
                co_await rt::sleep_for(10ms);
            }
            scope.cancel();
        });
        loop.run();
        EXPECT_TRUE(enough());
    }

    asio::awaitable<Delivered> deliver(Row row) {
        if (before_append_) before_append_(row);
        const auto appended = co_await append_to_stream(*events_, row, max_length_,
                                                        rt::Deadline::after(kClock, 500ms));
        if (!appended.why.empty()) refusals_.push_back(appended.why);
        co_return appended.delivery;
    }

    void relay_everything() {
        relay_until([this] { return rows_in_state("waiting") == 0; });
    }
    void relay_until_the_stream_is(const Texts& wanted) {
        relay_until([&] { return event_ids() == wanted; });
        EXPECT_EQ(event_ids(), wanted);
    }

    std::vector<stream::Entry> entries() {
        auto found = await(events_->range("s", "", 1000, rt::Deadline::after(kClock, 30s)));
        return found.value_or(std::vector<stream::Entry>{});
    }
    Texts event_ids() {
        Texts ids;
        for (const auto& entry : entries()) ids.push_back(entry.event.event_id);
        return ids;
    }
    static Texts numbered(int first, int last) {
        Texts ids;
        for (int i = first; i <= last; ++i) ids.push_back(fmt::format("e{}", i));
        return ids;
    }

    static std::string ask(const testing::RedisServer& server, std::vector<std::string> words) {
        std::vector<std::string> command{"redis-cli", "-p", std::to_string(server.port())};
        command.insert(command.end(), words.begin(), words.end());
        return testing::run_process(command).out;
    }
    bool was_refused_with(const std::string& text) const {
        return std::ranges::any_of(
            refusals_, [&](const std::string& why) { return why.find(text) != std::string::npos; });
    }

    testing::RedisServer redis_;
    OutboxStore store_;
    std::unique_ptr<sql::Database> database_;
    std::unique_ptr<stream::EventStream> events_;
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(1);
    telemetry::Metrics metrics_;
    std::size_t max_length_ = 100'000;
    std::function<void(const Row&)> before_append_;
    Texts refusals_;
};

TEST_F(StreamLoss, PublishesEverythingAgainAfterAFlushThoughNothingNewComes) {
    put(1, 7);
    relay_everything();
    const auto before = entries();
    ask(redis_, {"FLUSHALL"});

    relay_until_the_stream_is(numbered(1, 7));

    EXPECT_EQ(entries().back().id, before.back().id);
    relay_until([this] { return rows_in_state("delivered") == 7; });
    EXPECT_NE(metrics_.text().find("dsm_outbox_republished_total{destination=\"stream:s\"} 7"),
              std::string::npos)
        << metrics_.text();
}

TEST_F(StreamLoss, PublishesWhatARestartForgotBeforeWhatIsNew) {
    put(1, 4);
    relay_everything();
    redis_.kill();
    put(5, 6);
    redis_.start();

    relay_until_the_stream_is(numbered(1, 6));
}

TEST_F(StreamLoss, FindsALossBetweenTheLookAndTheAppend) {
    put(1, 3);
    relay_everything();
    put(4, 5);
    bool flushed = false;
    before_append_ = [&](const Row& row) {
        if (flushed || row.message.event_id != "e4") return;
        flushed = true;
        ask(redis_, {"FLUSHALL"});
    };

    relay_until_the_stream_is(numbered(1, 5));

    relay_until([this] { return rows_in_state("delivered") == 5; });
}

TEST_F(StreamLoss, FindsAFlushBetweenTheFirstAppendsOfAll) {
    put(1, 3);
    before_append_ = [&, done = false](const Row& row) mutable {
        if (done || row.message.event_id != "e3") return;
        done = true;
        ask(redis_, {"FLUSHALL"});
    };

    relay_until_the_stream_is(numbered(1, 3));

    relay_until([this] { return rows_in_state("delivered") == 3; });
}

TEST_F(StreamLoss, FindsATailThatWasLostBetweenTwoAppendsOfABatch) {
    put(1, 6);
    before_append_ = [&, done = false](const Row& row) mutable {
        if (done || row.message.event_id != "e6") return;
        done = true;
        ask(redis_, {"XDEL", "s", entries().back().id});
    };

    relay_until_the_stream_is(numbered(1, 6));

    relay_until([this] { return rows_in_state("delivered") == 6; });
}

TEST_F(StreamLoss, LeavesWhatBelongsToAnotherKeyWhereItIs) {
    put(1, 1, "P");
    put(2, 2, "Q");
    relay_everything();
    const auto lost = entries().front();
    const auto kept = entries().back();
    ask(redis_, {"XDEL", "s", lost.id});

    relay_until_the_stream_is({"e2", "e1"});

    EXPECT_EQ(entries().front().id, kept.id);
}

TEST_F(StreamLoss, FindsALossThatTheLastProcessDidNotLiveToSee) {
    put(1, 3);
    relay_everything();
    ask(redis_, {"FLUSHALL"});
    ask(redis_, {"XADD", "s", "*", "data", "{}", "event_id", "e4"});
    const std::string id = entries().front().id;
    put(4, 4);
    auto marked = database_->write_now([&](soci::session& session) -> Result<void> {
        session << "UPDATE outbox SET state = 'delivered', reserved_entry_id = :id,"
                   " finished_us = 9000000000000000 WHERE id = 4",
            soci::use(id);
        return {};
    });
    ASSERT_TRUE(marked);

    relay_until_the_stream_is(numbered(1, 4));
}

TEST_F(StreamLoss, PublishesTheTailThatAPromotedReplicaNeverGot) {
    testing::RedisServer replica;
    ask(replica, {"REPLICAOF", "127.0.0.1", std::to_string(redis_.port())});
    put(1, 4);
    relay_everything();
    ASSERT_TRUE(testing::eventually([&] { return ask(replica, {"XLEN", "s"}).starts_with("4"); }));
    ask(replica, {"REPLICAOF", "NO", "ONE"});
    put(5, 9);
    relay_everything();
    redis_.kill();
    use(replica);
    ASSERT_EQ(event_ids(), numbered(1, 4));
    put(10, 11);

    relay_until_the_stream_is(numbered(1, 11));
}

TEST_F(StreamLoss, PublishesTheLostTailOfAStreamThatIsFullAsWell) {
    max_length_ = 100;
    ask(redis_, {"EVAL",
                 "for i=1,100 do redis.call('XADD','s','*','data','{}','event_id','other') end "
                 "return 1",
                 "0"});
    testing::RedisServer replica;
    ask(replica, {"REPLICAOF", "127.0.0.1", std::to_string(redis_.port())});
    put(1, 4);
    relay_everything();
    ASSERT_TRUE(
        testing::eventually([&] { return ask(replica, {"XLEN", "s"}).starts_with("104"); }));
    ask(replica, {"REPLICAOF", "NO", "ONE"});
    put(5, 9);
    relay_everything();
    redis_.kill();
    use(replica);
    put(10, 11);

    relay_until([&] { return event_ids().size() >= 111; });

    Texts ours = event_ids();
    std::erase(ours, "other");
    EXPECT_EQ(ours, numbered(1, 11));
}

TEST_F(StreamLoss, PublishesNothingAgainThatTheBoundOnTheLengthRemoved) {
    max_length_ = 100;
    put(1, 5);
    relay_everything();
    for (int i = 0; i < 3; ++i) {
        ask(redis_, {"EVAL",
                     "for i=1,100 do redis.call('XADD','s','MAXLEN','100','*','data','{}',"
                     "'event_id','other') end return 1",
                     "0"});
    }

    relay_until([looks = 0]() mutable { return ++looks > 20; });

    const auto ids = event_ids();
    EXPECT_EQ(std::ranges::count(ids, "other"), 100);
    EXPECT_EQ(ids.size(), 100U);
}

TEST_F(StreamLoss, TakesALaterIdWhereSomebodyElseIsAheadAndStoresItBeforeTheAppend) {
    ask(redis_, {"XADD", "s", "99999999999999-5", "data", "{}", "event_id", "other"});
    put(1, 3);

    relay_until_the_stream_is({"other", "e1", "e2", "e3"});

    std::vector<Published> rows;
    auto read = database_->write_now([&](soci::session& session) -> Result<void> {
        rows = published(session, "stream:s", INT64_MAX, 10);
        return {};
    });
    ASSERT_TRUE(read);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows.front().entry_id, entries().back().id);
    EXPECT_EQ(rows.back().entry_id, "99999999999999-6");
}

TEST_F(StreamLoss, WaitsOutAFullRedisAndSaysWhatToDo) {
    ask(redis_, {"CONFIG", "SET", "maxmemory", "1"});
    put(1, 3);
    relay_until([&] { return !refusals_.empty(); });
    EXPECT_FALSE(await(events_->healthy(rt::Deadline::after(kClock, 30s))));
    ask(redis_, {"CONFIG", "SET", "maxmemory", "0"});

    relay_until_the_stream_is(numbered(1, 3));

    EXPECT_TRUE(was_refused_with("OOM")) << refusals_.front();
    EXPECT_TRUE(was_refused_with("raise maxmemory")) << refusals_.front();
    EXPECT_TRUE(await(events_->healthy(rt::Deadline::after(kClock, 30s))));
}

TEST_F(StreamLoss, WaitsForARedisThatReadsItsFile) {
    put(1, 2);
    relay_everything();
    redis_.restart_slowly(4s);
    put(3, 4);
    const auto said = await(events_->end("s", rt::Deadline::after(kClock, 3s)));
    relay_until(
        [&] { return metrics_.text().find("dsm_outbox_retries_total") != std::string::npos; });

    relay_until_the_stream_is(numbered(1, 4));

    ASSERT_FALSE(said);
    EXPECT_NE(said.error().message.find("LOADING"), std::string::npos) << said.error().message;
}

TEST_F(StreamLoss, WaitsForAReplicaToBecomeThePrimary) {
    ask(redis_, {"REPLICAOF", "127.0.0.1", "1"});
    put(1, 3);
    relay_until([&] { return was_refused_with("READONLY"); });
    ask(redis_, {"REPLICAOF", "NO", "ONE"});

    relay_until_the_stream_is(numbered(1, 3));

    EXPECT_TRUE(was_refused_with("point it at the primary")) << refusals_.front();
}

TEST_F(StreamLoss, WaitsForTheReplicasThatRedisIsToldToHave) {
    ask(redis_, {"CONFIG", "SET", "min-replicas-to-write", "1"});
    put(1, 2);
    relay_until([&] { return was_refused_with("NOREPLICAS"); });
    ask(redis_, {"CONFIG", "SET", "min-replicas-to-write", "0"});

    relay_until_the_stream_is(numbered(1, 2));
}

TEST_F(StreamLoss, WaitsUntilARedisThatCannotSaveIsToldToGoOn) {
    const auto told = ask(redis_, {"CONFIG", "GET", "dir"});
    const auto folder = told.substr(told.find('\n') + 1);
    std::filesystem::remove_all(folder.substr(0, folder.find('\n')));
    ask(redis_, {"CONFIG", "SET", "save", "3600 1"});
    ask(redis_, {"BGSAVE"});
    ASSERT_TRUE(testing::eventually([&] {
        return ask(redis_, {"INFO", "persistence"}).find("rdb_last_bgsave_status:err") !=
               std::string::npos;
    }));
    put(1, 2);
    relay_until([&] { return was_refused_with("MISCONF"); });
    ask(redis_, {"CONFIG", "SET", "stop-writes-on-bgsave-error", "no"});

    relay_until_the_stream_is(numbered(1, 2));

    EXPECT_TRUE(was_refused_with("free the disk")) << refusals_.front();
}

TEST_F(StreamLoss, WaitsUntilAKeyThatIsNoStreamIsGone) {
    ask(redis_, {"SET", "s", "text"});
    put(1, 2);
    relay_until([&] { return was_refused_with("WRONGTYPE"); });
    ask(redis_, {"DEL", "s"});

    relay_until_the_stream_is(numbered(1, 2));
}

TEST_F(StreamLoss, WaitsUntilThePasswordIsRight) {
    ask(redis_, {"CONFIG", "SET", "requirepass", "secret"});
    put(1, 2);
    relay_until(
        [&] { return metrics_.text().find("dsm_outbox_retries_total") != std::string::npos; });
    const auto said = await(events_->end("s", rt::Deadline::after(kClock, 30s)));
    ask(redis_, {"-a", "secret", "CONFIG", "SET", "requirepass", ""});

    relay_until_the_stream_is(numbered(1, 2));

    ASSERT_FALSE(said);
    EXPECT_NE(said.error().message.find("set REDIS_PASSWORD"), std::string::npos)
        << said.error().message;
}

TEST_F(StreamLoss, AppendsOnceWhatAPausedRedisTookWithoutAnAnswer) {
    put(1, 1);
    relay_everything();
    put(2, 4);
    before_append_ = [&](const Row& row) {
        if (row.message.event_id == "e3" && refusals_.empty()) redis_.pause();
    };
    relay_until([&] { return !refusals_.empty(); });
    redis_.resume();

    relay_until_the_stream_is(numbered(1, 4));

    relay_until([this] { return rows_in_state("delivered") == 4; });
    EXPECT_EQ(event_ids(), numbered(1, 4));
}

TEST_F(StreamLoss, TheRelaysOfTwoReplicasPublishOnceAndInOrder) {
    put(1, 60);
    auto beside = store_.open();
    ASSERT_TRUE(beside) << beside.error().message;
    asio::io_context loop(1);
    const RelaySettings settings{.service = "test-service",
                                 .batch = 7,
                                 .events = events_.get(),
                                 .check_streams_every = 20ms};
    const Deliver deliver_to = [this](const Row& row) { return deliver(row); };
    Relay one(*database_, deliver_to, settings, kClock, *random_, metrics_);
    Relay other(**beside, deliver_to, settings, kClock, *random_, metrics_);
    rt::TaskScope scope(loop.get_executor());
    scope.spawn("one", [&] { return one.run(); });
    scope.spawn("other", [&] { return other.run(); });
    scope.spawn("end", [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 6'000 && rows_in_state("delivered") < 60; ++i) {
            co_await rt::sleep_for(10ms);
        }
        scope.cancel();
    });

    loop.run();

    EXPECT_EQ(event_ids(), numbered(1, 60));
}

}  // namespace
}  // namespace dsm::outbox

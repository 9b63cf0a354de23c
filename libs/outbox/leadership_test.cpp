// Several relays on one PostgreSQL: one delivers, another takes over.
#include "libs/outbox/leadership.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include "libs/outbox/outbox.hpp"
#include "libs/outbox/outbox_store_test.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/telemetry/metrics.hpp"
#include "libs/testing/await.hpp"

namespace dsm::outbox {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A process of a service: its session for turns, its relay.
struct Replica {
    Replica(const OutboxStore& store, asio::io_context& loop, rt::Random& random)
        : turns(store.settings(), loop.get_executor(), clock, random), tasks(loop.get_executor()) {
        auto opened = store.open();
        EXPECT_TRUE(opened) << opened.error().message;
        database = std::move(*opened);
        relay.emplace(
            *database, [this](const Row&) { return take(); },
            RelaySettings{.service = "test-service", .turns = &turns}, clock, random, metrics);
        tasks.spawn("relay", [this] { return relay->run(); });
    }
    asio::awaitable<Delivered> take() {
        ++delivered;
        co_return Delivery::kDelivered;
    }
    asio::awaitable<void> end() {
        tasks.cancel();
        co_await tasks.join(60s);
        co_await turns.close(60s);
    }

    rt::SystemClock clock;
    telemetry::Metrics metrics;
    sql::AdvisoryLocks turns;
    std::unique_ptr<sql::Database> database;
    std::optional<Relay> relay;
    int delivered = 0;
    rt::TaskScope tasks;
};

class LeadershipTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (store.settings().dialect != sql::Dialect::kPostgresql) {
            GTEST_SKIP() << "DSM_TEST_POSTGRES is not set";
        }
    }
    void put(Replica& replica, const std::string& event_id) {
        const auto done = replica.database->write_now([&](soci::session& session) -> Result<void> {
            enqueue(session, {.destination = "chronicle", .event_id = event_id, .payload = "{}"},
                    clock.wall());
            return {};
        });
        ASSERT_TRUE(done) << done.error().message;
    }
    asio::awaitable<bool> becomes(std::function<bool()> condition,
                                  std::chrono::milliseconds limit = 60s) {
        const auto until = rt::Deadline::after(clock, limit);
        while (!condition() && !until.passed(clock)) co_await rt::sleep_for(5ms);
        co_return condition();
    }

    OutboxStore store;
    rt::SystemClock clock;
    std::unique_ptr<rt::Random> random = rt::make_seeded_random(1);
    asio::io_context loop{1};
    rt::TaskScope story{loop.get_executor()};
};

TEST_F(LeadershipTest, OneRelayDeliversAlsoWhatAnotherProcessPutInAndAnotherTakesOver) {
    story.spawn("story", [&]() -> asio::awaitable<void> {
        Replica first(store, loop, *random);
        put(first, "e1");
        const bool led = co_await becomes([&] { return first.delivered == 1; });
        EXPECT_TRUE(led);
        Replica second(store, loop, *random);
        for (int i = 2; i < 12; ++i) put(second, fmt::format("e{}", i));
        second.relay->wake();
        const bool all = co_await becomes([&] { return first.delivered == 11; });
        EXPECT_TRUE(all);
        EXPECT_EQ(second.delivered, 0);

        co_await first.end();
        put(second, "e12");
        const bool taken_over = co_await becomes([&] { return second.delivered == 1; });
        EXPECT_TRUE(taken_over);
        co_await second.end();
    });
    loop.run();
}

TEST_F(LeadershipTest, ALeaderWhoseSessionEndedStopsAndSeeksItAgain) {
    story.spawn("story", [&]() -> asio::awaitable<void> {
        Replica replica(store, loop, *random);
        put(replica, "e1");
        const bool led = co_await becomes([&] { return replica.delivered == 1; });
        EXPECT_TRUE(led);

        const auto cut = replica.database->write_now([&](soci::session& session) -> Result<void> {
            session << "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE application_name = 'dsm turns'";
            return {};
        });
        EXPECT_TRUE(cut);
        put(replica, "e2");
        const bool again = co_await becomes([&] { return replica.delivered == 2; });
        EXPECT_TRUE(again);
        co_await replica.end();
    });
    loop.run();
}

}  // namespace
}  // namespace dsm::outbox

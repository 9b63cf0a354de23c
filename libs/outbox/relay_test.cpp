// What the relay promises whoever enqueues: order, independence of destinations, nothing lost.
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <algorithm>
#include <map>
#include <set>

#include "libs/outbox/gauges.hpp"
#include "libs/outbox/outbox.hpp"
#include "libs/outbox/outbox_store.hpp"
#include "libs/outbox/outbox_store_test.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/telemetry/metrics.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/manual_clock.hpp"

namespace dsm::outbox {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A destination with a fault knob: what it answers, by destination or event.
struct FakeReceiver {
    std::map<std::string, Delivered> answers;  ///< by destination, then by event id; else delivered
    std::vector<std::string> got;              ///< event ids, in order of arrival
    std::vector<Row> rows;
    std::vector<rt::Steady> asked_at;  ///< for each of the rows
    bool hang = false;                 ///< answers only when cancelled

    void refuse(const std::string& whom, Delivered answer) {
        answers.insert_or_assign(whom, std::move(answer));
    }

    asio::awaitable<Delivered> take(Row row) {
        rows.push_back(row);
        asked_at.push_back(rt::SystemClock().steady());
        if (hang) {
            co_await rt::sleep_for(1h);
            co_return Delivery::kRetry;
        }
        auto answer = answers.find(row.message.destination);
        if (answer == answers.end()) answer = answers.find(row.message.event_id);
        if (answer != answers.end()) co_return answer->second;
        got.push_back(row.message.event_id);
        co_return Delivery::kDelivered;
    }
};

class RelayTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = store_.open();
        ASSERT_TRUE(opened) << opened.error().message;
        database_ = std::move(*opened);
    }

    void put(const std::string& destination, const std::string& event_id,
             const std::string& order_key = {}) {
        auto done = database_->write_now([&](soci::session& session) -> Result<void> {
            enqueue(session,
                    {.destination = destination,
                     .order_key = order_key,
                     .event_id = event_id,
                     .payload = "{}"},
                    clock_.wall());
            return {};
        });
        ASSERT_TRUE(done) << done.error().message;
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
    void relay_until(std::function<bool()> enough, std::function<void(Relay&)> beside = {}) {
        asio::io_context loop(1);
        Relay relay(
            *database_, [this](const Row& row) { return receiver_.take(row); }, settings_, clock_,
            *random_, metrics_);
        rt::TaskScope scope(loop.get_executor());
        scope.spawn("relay", [&] { return relay.run(); });
        scope.spawn("end", [&]() -> asio::awaitable<void> {
            for (int i = 0; i == 0 || (i < 6'000 && !enough()); ++i) {
                co_await rt::sleep_for(10ms);
                if (beside) beside(relay);
            }
            scope.cancel();
        });
        loop.run();
        EXPECT_TRUE(enough());
    }

    bool metrics_say(const std::string& line) const {
        return metrics_.text().find(line) != std::string::npos;
    }

    RelaySettings settings_{.service = "test-service",
                            .batch = 3,
                            .suspicion = {.refusals = 3,
                                          .ill_after = 4,
                                          .lasts = 150ms,
                                          .first_wait = 5ms,
                                          .longest_wait = 50ms}};
    testing::ManualClock clock_{Instant{1'700'000'000s}};
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(1);
    telemetry::Metrics metrics_;
    OutboxStore store_;
    std::unique_ptr<sql::Database> database_;
    FakeReceiver receiver_;
};

TEST_F(RelayTest, DeliversInOrderAcrossBatches) {
    std::vector<std::string> ids;
    for (int i = 0; i < 10; ++i) {
        ids.push_back(fmt::format("e{}", i));
        put("chronicle", ids.back());
    }

    relay_until([&] { return rows_in_state("delivered") == 10; });

    EXPECT_EQ(receiver_.got, ids);
}

TEST_F(RelayTest, ADestinationThatIsDownHoldsUpNoOther) {
    receiver_.refuse("chronicle", Delivery::kRetry);
    put("chronicle", "c1");
    put("chronicle", "c2");
    put("stream:s", "s1");
    put("stream:s", "s2");

    relay_until([&] { return rows_in_state("delivered") == 2; });

    EXPECT_EQ(receiver_.got, (std::vector<std::string>{"s1", "s2"}));
    EXPECT_EQ(rows_in_state("waiting"), 2);
}

TEST_F(RelayTest, KeepsTheOrderOfADestinationThatComesBack) {
    receiver_.refuse("chronicle", Delivery::kRetry);
    put("chronicle", "c1");
    put("chronicle", "c2");

    relay_until([&] { return rows_in_state("delivered") == 2; },
                [&](Relay&) {
                    if (receiver_.rows.size() >= 2) receiver_.answers.clear();
                });

    EXPECT_EQ(receiver_.got, (std::vector<std::string>{"c1", "c2"}));
    EXPECT_EQ(receiver_.rows[0].message.event_id, "c1");
    EXPECT_EQ(receiver_.rows[1].message.event_id, "c1");
    EXPECT_EQ(receiver_.rows[1].attempts, 1);
}

TEST_F(RelayTest, LeavesADestinationAloneForAsLongAsItAskedFor) {
    receiver_.refuse("chronicle", {Delivery::kRetry, "busy", 1s});
    put("chronicle", "c1");

    relay_until([&] { return rows_in_state("delivered") == 1; },
                [&](Relay& relay) {
                    relay.wake();
                    if (!receiver_.rows.empty()) receiver_.answers.clear();
                });

    ASSERT_GE(receiver_.asked_at.size(), 2U);
    EXPECT_GE(receiver_.asked_at[1] - receiver_.asked_at[0], 1s);
}

TEST_F(RelayTest, ParksWhatCanNeverBeDeliveredAndGoesOn) {
    receiver_.refuse("poison", Delivery::kPoison);
    put("chronicle", "poison");
    put("chronicle", "c2");

    relay_until([&] { return rows_in_state("delivered") == 1; });

    EXPECT_EQ(rows_in_state("parked"), 1);
    EXPECT_EQ(receiver_.got, std::vector<std::string>{"c2"});
}

TEST_F(RelayTest, ParksWhatIsRefusedAgainAndAgainWhileOthersAreTaken) {
    receiver_.refuse("p1-1", {Delivery::kRefused, "HTTP 422"});
    put("chronicle", "p1-1", "P1");
    put("chronicle", "p1-2", "P1");
    put("chronicle", "p2-1", "P2");
    int more = 0;

    relay_until([&] { return rows_in_state("parked") == 1 && rows_in_state("waiting") == 0; },
                [&](Relay& relay) {
                    if (rows_in_state("parked") == 0) {
                        put("chronicle", fmt::format("p3-{}", ++more), "P3");
                    }
                    relay.wake();
                });

    ASSERT_GE(receiver_.got.size(), 3U);
    EXPECT_EQ(receiver_.got.front(), "p2-1") << "nobody of another key waits";
    EXPECT_EQ(std::ranges::count(receiver_.got, "p1-2"), 1);
    EXPECT_EQ(std::ranges::count(receiver_.got, "p1-1"), 0);
    auto parked = database_->write_now([&](soci::session& session) -> Result<void> {
        const auto rows = parked_rows(session, 0, 10);
        EXPECT_EQ(rows.at(0).message.event_id, "p1-1");
        EXPECT_EQ(rows.at(0).why, "HTTP 422");
        return {};
    });
    EXPECT_TRUE(parked);
}

TEST_F(RelayTest, KeepsTheOrderOfAKeyWhoseFirstMessageIsRefusedForAMoment) {
    receiver_.refuse("p1-1", {Delivery::kRefused, "HTTP 422"});
    settings_.suspicion.lasts = 1h;
    for (const char* id : {"p1-1", "p1-2", "p1-3"}) put("chronicle", id, "P1");
    put("chronicle", "p2-1", "P2");

    relay_until([&] { return rows_in_state("delivered") == 4; },
                [&](Relay& relay) {
                    if (receiver_.rows.size() >= 2) receiver_.answers.clear();
                    relay.wake();
                });

    EXPECT_EQ(receiver_.got, (std::vector<std::string>{"p2-1", "p1-1", "p1-2", "p1-3"}));
}

TEST_F(RelayTest, ParksNothingThoughAReceiverRefusesEverythingForAWhile) {
    receiver_.refuse("chronicle", {Delivery::kRefused, "HTTP 422"});
    std::vector<std::string> ids;
    for (int i = 0; i < 30; ++i) {
        ids.push_back(fmt::format("e{}", i));
        put("chronicle", ids.back(), fmt::format("P{}", i % 15));
    }
    const auto began = clock_.steady();
    relay_until([&] { return clock_.steady() - began > 600ms && receiver_.rows.size() > 15; },
                [&](Relay& relay) { relay.wake(); });
    EXPECT_EQ(rows_in_state("waiting"), 30);
    std::set<std::int64_t> tried;
    for (const auto& row : receiver_.rows) tried.insert(row.id);
    EXPECT_LT(tried.size(), 20U) << "an ill receiver is not asked about everything that waits";
    receiver_.answers.clear();

    relay_until([&] { return rows_in_state("delivered") == 30; },
                [&](Relay& relay) { relay.wake(); });

    EXPECT_EQ(rows_in_state("parked"), 0);
    for (int key = 0; key < 15; ++key) {
        const auto first = std::ranges::find(receiver_.got, ids[static_cast<std::size_t>(key)]);
        const auto second =
            std::ranges::find(receiver_.got, ids[static_cast<std::size_t>(key) + 15]);
        EXPECT_LT(first - receiver_.got.begin(), second - receiver_.got.begin());
    }
}

TEST_F(RelayTest, StoresWhateverAReceiverSaysOfARefusal) {
    receiver_.refuse("poison", {Delivery::kPoison, std::string("a\0b\xff", 4)});
    put("chronicle", "poison");

    relay_until([&] { return rows_in_state("parked") == 1; });
}

TEST_F(RelayTest, CountsWhatIsRefusedAndWhatIsParkedNow) {
    receiver_.refuse("poison", {Delivery::kPoison, "no such task"});
    receiver_.refuse("refused", {Delivery::kRefused, "HTTP 422"});
    settings_.suspicion.lasts = 1h;
    put("chronicle", "poison", "P1");
    relay_until([&] { return rows_in_state("parked") == 1; });
    put("chronicle", "refused", "P2");
    relay_until([&] { return receiver_.rows.size() >= 2; });

    relay_until([&] { return metrics_say("dsm_outbox_parked{destination=\"chronicle\"} 1"); });

    EXPECT_TRUE(metrics_say("dsm_outbox_refused{destination=\"chronicle\"} 1")) << metrics_.text();
}

TEST_F(RelayTest, ReservesGrowingEntryIdsThoughTheClockGoesBack) {
    put("stream:s", "e1");
    put("stream:s", "e2");
    relay_until([&] { return rows_in_state("delivered") == 2; });
    clock_.advance(-1h);
    put("stream:s", "e3");

    relay_until([&] { return rows_in_state("delivered") == 3; });

    ASSERT_EQ(receiver_.rows.size(), 3U);
    EXPECT_EQ(receiver_.rows[0].reserved_entry_id, "1700000000000-0");
    EXPECT_EQ(receiver_.rows[1].reserved_entry_id, "1700000000000-1");
    EXPECT_EQ(receiver_.rows[2].reserved_entry_id, "1700000000000-2");
}

TEST_F(RelayTest, KeepsAReservedEntryIdForTheNextAttempt) {
    receiver_.refuse("stream:s", Delivery::kRetry);
    put("stream:s", "e1");

    relay_until([&] { return receiver_.rows.size() >= 2; }, [&](Relay&) { clock_.advance(5ms); });

    EXPECT_EQ(receiver_.rows[0].reserved_entry_id, receiver_.rows[1].reserved_entry_id);
}

/// A busy machine may be late a few times; a relay that only looks every second always is.
TEST_F(RelayTest, LooksAtOnceWhenWoken) {
    bool at_once = false;
    for (std::size_t i = 1; i <= 20 && !at_once; ++i) {
        bool put_one = false;
        const auto began = clock_.steady();
        relay_until([&] { return receiver_.got.size() == i; },
                    [&](Relay& relay) {
                        if (put_one) return;
                        put_one = true;
                        put("chronicle", fmt::format("c{}", i));
                        relay.wake();
                    });
        at_once = clock_.steady() - began < 800ms;
    }

    EXPECT_TRUE(at_once);
}

TEST_F(RelayTest, DeliversAgainWhatWasNotRecordedBeforeAStop) {
    put("chronicle", "c1");
    receiver_.refuse("chronicle", Delivery::kRetry);
    relay_until([&] { return !receiver_.rows.empty(); });
    receiver_.answers.clear();

    relay_until([&] { return rows_in_state("delivered") == 1; });

    EXPECT_EQ(receiver_.got, std::vector<std::string>{"c1"});
}

TEST_F(RelayTest, WhatAnotherRelayMadeOfARowStaysThoughASlowerOneRecordsItsOwn) {
    for (const char* id : {"delivered", "parked"}) put("chronicle", id);
    const auto recorded = database_->write_now([&](soci::session& session) -> Result<void> {
        const auto rows = next_rows(session, "chronicle", 2);
        record(session, {.delivered = {rows[0].id}, .parked = {{.row = rows[1].id}}},
               clock_.wall());
        const Progress slower[] = {{.tried = {rows[0].id}},
                                   {.refused = {{.row = rows[0].id}}},
                                   {.parked = {{.row = rows[0].id}}},
                                   {.delivered = {rows[1].id}}};
        for (const Progress& progress : slower) record(session, progress, clock_.wall());
        return {};
    });

    ASSERT_TRUE(recorded);
    EXPECT_EQ(rows_in_state("delivered"), 1);
    EXPECT_EQ(rows_in_state("parked"), 1);
}

TEST_F(RelayTest, StopsAtOnceThoughADeliveryHangsAndKeepsItsRow) {
    put("chronicle", "c1");
    receiver_.hang = true;
    const auto began = clock_.steady();

    relay_until([&] { return receiver_.rows.size() == 1; });

    EXPECT_LT(clock_.steady() - began, 20min) << "the delivery would take an hour";
    EXPECT_EQ(rows_in_state("waiting"), 1);
}

TEST_F(RelayTest, MeasuresTheBacklogAndItsAge) {
    receiver_.refuse("chronicle", Delivery::kRetry);
    put("chronicle", "c1");
    clock_.advance(90s);

    relay_until([&] {
        return metrics_.text().find("dsm_outbox_backlog{destination=\"chronicle\"} 1") !=
               std::string::npos;
    });

    EXPECT_NE(metrics_.text().find("dsm_outbox_oldest_seconds{destination=\"chronicle\"} 90"),
              std::string::npos)
        << metrics_.text();
}

TEST_F(RelayTest, TellsThatNothingWaitsWhereAllWasDeliveredBetweenTwoMeasurements) {
    bool put_one = false;
    relay_until([&] { return metrics_say("dsm_outbox_backlog{destination=\"chronicle\"} 0"); },
                [&](Relay& relay) {
                    if (!std::exchange(put_one, true)) put("chronicle", "c1");
                    relay.wake();
                    if (rows_in_state("delivered") == 1) clock_.advance(1s);
                });
    EXPECT_TRUE(metrics_say("dsm_outbox_oldest_seconds{destination=\"chronicle\"} 0"));
}

TEST_F(RelayTest, WhatARelayMeasuredIsUnknownOnceAnotherOneDelivers) {
    put("chronicle", "c1");
    Gauges gauges(*database_, metrics_, clock_);
    testing::await(gauges.measure());
    ASSERT_TRUE(metrics_say("dsm_outbox_backlog{destination=\"chronicle\"} 1"));

    gauges.forget();
    EXPECT_TRUE(metrics_say("dsm_outbox_backlog{destination=\"chronicle\"} Nan"));
    testing::await(gauges.measure());
    EXPECT_TRUE(metrics_say("dsm_outbox_backlog{destination=\"chronicle\"} 1"));
}

TEST_F(RelayTest, RemovesDeliveredRowsAfterTheirRetention) {
    put("chronicle", "c1");
    relay_until([&] { return rows_in_state("delivered") == 1; });
    settings_.retention = 1h;
    relay_until([&] { return rows_in_state("delivered") == 1; });
    settings_.retention = 0h;

    relay_until([&] { return rows_in_state("delivered") == 0; });
}

TEST_F(RelayTest, AnEnqueueThatIsRolledBackIsNeverDelivered) {
    auto refused = database_->write_now([&](soci::session& session) -> Result<void> {
        enqueue(session, {.destination = "chronicle", .event_id = "ghost"}, clock_.wall());
        return fail(ErrorCode::kConflict, "no");
    });
    ASSERT_FALSE(refused);
    put("chronicle", "c1");

    relay_until([&] { return rows_in_state("delivered") == 1; });

    EXPECT_EQ(receiver_.got, std::vector<std::string>{"c1"});
}

}  // namespace
}  // namespace dsm::outbox

// The consumer loop: acknowledged after the handler, retried, reclaimed, parked, never lost.
#include "libs/stream/consumer.hpp"

#include <gtest/gtest.h>

#include "libs/rt/task_scope.hpp"
#include "libs/testing/await.hpp"

namespace dsm::stream {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::await;

const rt::SystemClock kClock;

rt::Deadline soon() {
    return rt::Deadline::after(kClock, 60s);
}

class ConsumerTest : public ::testing::Test {
protected:
    void SetUp() override { events_ = open_sql_stream(":memory:", kClock).value(); }

    void append(const std::string& data) {
        ASSERT_TRUE(await(events_->append("s", {data, "TYPE", "id-" + data}, 1000, "", soon())));
    }
    std::vector<Entry> all_of(const std::string& stream) {
        return await(events_->range(stream, "", 100, soon())).value();
    }
    /// What nobody acknowledged.
    std::size_t pending() {
        return await(events_->reclaim({"s", "g", "inspector"}, 0ms, soon())).value().size();
    }

    /// Runs one consumer until `enough` holds, or for a minute.
    void consume_until(std::function<bool()> enough,
                       std::function<asio::awaitable<Handled>(Entry)> handler) {
        asio::io_context loop(1);
        rt::TaskScope scope(loop.get_executor());
        scope.spawn("consumer", [&] {
            return consume(*events_, settings_, handler, kClock, *random_, metrics_);
        });
        scope.spawn("end", [&]() -> asio::awaitable<void> {
            for (int i = 0; i == 0 || (i < 6'000 && !enough()); ++i) {
                co_await rt::sleep_for(10ms);
            }
            scope.cancel();
        });
        loop.run();
        EXPECT_TRUE(enough());
    }

    /// A handler that answers the same to every entry.
    std::function<asio::awaitable<Handled>(Entry)> answering(Handled answer) {
        return [this, answer](Entry entry) -> asio::awaitable<Handled> {
            seen_.push_back(entry.event.data);
            co_return answer;
        };
    }

    ConsumerSettings settings_{.service = "test-service",
                               .stream = "s",
                               .group = "g",
                               .consumer = "c",
                               .reclaim_idle = 40ms,
                               .deliveries_limit = 3};
    std::unique_ptr<EventStream> events_;
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(1);
    telemetry::Metrics metrics_;
    std::vector<std::string> seen_;
};

using Texts = std::vector<std::string>;

TEST_F(ConsumerTest, HandlesWhatWasThereAndWhatComesAndAcknowledgesIt) {
    append("1");
    append("2");

    consume_until([&] { return seen_.size() == 2; }, answering(Handled::kDone));

    EXPECT_EQ(seen_, (Texts{"1", "2"}));
    EXPECT_EQ(pending(), 0U);
}

TEST_F(ConsumerTest, LeavesAnEntryPendingWhenItStopsBeforeTheHandlerIsDone) {
    append("1");

    consume_until([&] { return !seen_.empty(); }, answering(Handled::kRetry));

    EXPECT_EQ(pending(), 1U);
    EXPECT_TRUE(all_of("s:dead").empty());
}

TEST_F(ConsumerTest, RetriesInOrderUntilADependencyIsBack) {
    append("1");
    append("2");

    consume_until([&] { return seen_.size() == 4; },
                  [&](Entry entry) -> asio::awaitable<Handled> {
                      seen_.push_back(entry.event.data);
                      co_return seen_.size() < 3 ? Handled::kRetry : Handled::kDone;
                  });

    EXPECT_EQ(seen_, (Texts{"1", "1", "1", "2"}));
    EXPECT_EQ(pending(), 0U);
}

TEST_F(ConsumerTest, ParksPoisonWithItsFieldsAndGoesOn) {
    append("bad");
    append("good");

    consume_until([&] { return seen_ == Texts{"good"}; },
                  [&](Entry entry) -> asio::awaitable<Handled> {
                      if (entry.event.data == "bad") co_return Handled::kPoison;
                      seen_.push_back(entry.event.data);
                      co_return Handled::kDone;
                  });

    const auto dead = all_of("s:dead");
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0].event.data, "bad");
    EXPECT_EQ(dead[0].event.event_type, "TYPE");
    EXPECT_EQ(dead[0].event.event_id, "id-bad");
    EXPECT_EQ(dead[0].event.why, "g: it can never be handled");
    EXPECT_EQ(pending(), 0U);
}

TEST_F(ConsumerTest, ParksWhatKeepsThrowingAfterTheLimitOfDeliveries) {
    append("1");

    consume_until([&] { return !all_of("s:dead").empty(); },
                  [&](Entry entry) -> asio::awaitable<Handled> {
                      seen_.push_back(entry.event.data);
                      throw std::runtime_error("a bug");
                      co_return Handled::kDone;
                  });

    EXPECT_EQ(seen_.size(), 3U);
    EXPECT_EQ(pending(), 0U);
}

TEST_F(ConsumerTest, StopsAtOnceThoughAHandlerHangs) {
    append("1");
    const auto began = kClock.steady();

    consume_until([&] { return seen_.size() == 1; },
                  [&](Entry entry) -> asio::awaitable<Handled> {
                      seen_.push_back(entry.event.data);
                      co_await rt::sleep_for(1h);
                      co_return Handled::kRetry;
                  });

    EXPECT_LT(kClock.steady() - began, 20min) << "the handler would take an hour";
    EXPECT_EQ(pending(), 1U);
}

TEST_F(ConsumerTest, TakesOverWhatADeadConsumerLeft) {
    append("1");
    ASSERT_TRUE(await(events_->ensure_group("s", "g", soon())));
    ASSERT_EQ(await(events_->read_group({"s", "g", "dead"}, soon())).value().size(), 1U);

    consume_until([&] { return seen_ == Texts{"1"}; }, answering(Handled::kDone));

    EXPECT_EQ(pending(), 0U);
}

/// A stream with a fault knob in front of another one.
class FaultyStream final : public EventStream {
public:
    explicit FaultyStream(EventStream& behind) : behind_(behind) {}

    Error failure{ErrorCode::kUnavailable, "down"};
    int failures_left = 0;  ///< so many calls fail before one passes
    int groups_made = 0;
    bool lag_unknown = false;
    std::chrono::milliseconds closed{0};

    asio::awaitable<Result<std::string>> append(std::string stream, Event event,
                                                std::size_t max_length, std::string id,
                                                rt::Deadline deadline) override {
        auto added = co_await behind_.append(stream, event, max_length, id, deadline);
        co_return added;
    }
    asio::awaitable<Result<void>> ensure_group(std::string stream, std::string group,
                                               rt::Deadline deadline) override {
        ++groups_made;
        auto made = co_await behind_.ensure_group(stream, group, deadline);
        co_return made;
    }
    asio::awaitable<Result<std::vector<Entry>>> read_group(GroupRead read,
                                                           rt::Deadline deadline) override {
        if (failures_left > 0) {
            --failures_left;
            co_return std::unexpected(failure);
        }
        auto entries = co_await behind_.read_group(read, deadline);
        co_return entries;
    }
    asio::awaitable<Result<void>> acknowledge(std::string stream, std::string group,
                                              std::vector<std::string> ids,
                                              rt::Deadline deadline) override {
        auto done = co_await behind_.acknowledge(stream, group, ids, deadline);
        co_return done;
    }
    asio::awaitable<Result<std::vector<Entry>>> reclaim(GroupRead read,
                                                        std::chrono::milliseconds idle,
                                                        rt::Deadline deadline) override {
        auto entries = co_await behind_.reclaim(read, idle, deadline);
        co_return entries;
    }
    asio::awaitable<Result<std::vector<Entry>>> range(std::string stream, std::string after,
                                                      std::size_t count,
                                                      rt::Deadline deadline) override {
        auto entries = co_await behind_.range(stream, after, count, deadline);
        co_return entries;
    }
    asio::awaitable<Result<void>> remove(std::string stream, std::vector<std::string> ids,
                                         rt::Deadline deadline) override {
        auto done = co_await behind_.remove(stream, ids, deadline);
        co_return done;
    }
    asio::awaitable<Result<StreamEnd>> end(std::string stream, rt::Deadline deadline) override {
        auto found = co_await behind_.end(stream, deadline);
        co_return found;
    }
    asio::awaitable<Result<GroupLag>> lag(std::string stream, std::string group,
                                          rt::Deadline deadline) override {
        if (lag_unknown) co_return std::unexpected(failure);
        auto found = co_await behind_.lag(stream, group, deadline);
        co_return found;
    }
    asio::awaitable<bool> healthy(rt::Deadline deadline) override {
        const bool well = co_await behind_.healthy(deadline);
        co_return well;
    }
    std::chrono::milliseconds closed_for() const override { return closed; }

private:
    EventStream& behind_;
};

TEST_F(ConsumerTest, SurvivesAStreamThatIsDown) {
    auto real = std::move(events_);
    auto faulty = std::make_unique<FaultyStream>(*real);
    faulty->failures_left = 3;
    events_ = std::move(faulty);
    append("1");

    consume_until([&] { return seen_ == Texts{"1"}; }, answering(Handled::kDone));
}

TEST_F(ConsumerTest, MakesItsGroupAgainWhenSomebodyRemovedIt) {
    auto real = std::move(events_);
    auto owned = std::make_unique<FaultyStream>(*real);
    auto& faulty = *owned;
    faulty.failures_left = 1;
    faulty.failure.code = ErrorCode::kNotFound;
    events_ = std::move(owned);
    append("1");

    consume_until([&] { return seen_ == Texts{"1"}; }, answering(Handled::kDone));

    EXPECT_EQ(faulty.groups_made, 2);
}

TEST_F(ConsumerTest, TellsHowFarItIsBehindWhileAnEntryHoldsItUp) {
    append("1");
    append("2");

    consume_until([&] { return !seen_.empty(); }, answering(Handled::kRetry));
    append("3");
    consume_until([&] { return metrics_.text().find("dsm_stream_lag") != std::string::npos; },
                  answering(Handled::kRetry));

    const std::string text = metrics_.text();
    EXPECT_NE(text.find("dsm_stream_lag{group=\"g\",stream=\"s\"} 1"), std::string::npos) << text;
    EXPECT_NE(text.find("dsm_stream_pending{group=\"g\",stream=\"s\"} 2"), std::string::npos)
        << text;
}

TEST_F(ConsumerTest, CallsALagThatTheStreamDoesNotTellNoNumber) {
    auto real = std::move(events_);
    auto faulty = std::make_unique<FaultyStream>(*real);
    faulty->lag_unknown = true;
    events_ = std::move(faulty);
    append("1");

    consume_until([&] { return seen_ == Texts{"1"}; }, answering(Handled::kDone));

    EXPECT_NE(metrics_.text().find("dsm_stream_lag{group=\"g\",stream=\"s\"} Nan"),
              std::string::npos)
        << metrics_.text();
}

TEST_F(ConsumerTest, WaitsNoLongerForAStreamThatIsLeftAloneThanItSays) {
    auto real = std::move(events_);
    auto faulty = std::make_unique<FaultyStream>(*real);
    faulty->failures_left = 20;  // a backoff of its own would take minutes over them
    faulty->closed = 1ms;
    events_ = std::move(faulty);
    append("1");

    consume_until([&] { return seen_ == Texts{"1"}; }, answering(Handled::kDone));
}

}  // namespace
}  // namespace dsm::stream

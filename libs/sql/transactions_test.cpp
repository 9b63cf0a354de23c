// Transactions in each other's way: who waits for whom, and for how long.
#include "libs/sql/transactions.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <latch>

#include "libs/rt/blocking_pool.hpp"
#include "libs/sql/fake_connector_test.hpp"
#include "libs/sql/reach.hpp"

namespace dsm::sql {
namespace {

using namespace std::chrono_literals;

/// A store that is nothing; work that throws lost to others, and may be tried again.
class CrowdedConnector : public FakeConnector {
public:
    Failure classify(const soci::soci_error& error) const override {
        return {.error = {ErrorCode::kUnavailable, error.get_error_message()}, .again = true};
    }
};

/// A server whose sessions are cut: before it answered their first statement, or later.
class CutConnector final : public CrowdedConnector {
public:
    explicit CutConnector(bool answers_first) : answers_first_(answers_first) {}

    std::string begin(soci::session&, Access) override {
        begun = true;
        if (answers_first_) return {};
        rt::pause(Reach::kFirstAnswer);
        throw soci::soci_error("cut");
    }
    Failure classify(const soci::soci_error& error) const override {
        return {.error = {ErrorCode::kUnavailable, error.get_error_message()},
                .session_lost = true};
    }

    bool begun = false;

private:
    const bool answers_first_;
};

/// Whether the store is well once a transaction was cut at its limit.
bool is_well_after_a_cut(bool answers_first) {
    constexpr auto kLimit = 500ms;
    CutConnector connector(answers_first);
    const rt::SystemClock clock;
    HealthProbe probe(connector);
    SessionPool sessions(connector, Access::kWrite, 1);
    Silence silence;
    Transactions transactions(connector, sessions, Access::kWrite, silence, "test-service");
    transactions.report_to(probe);
    while (!connector.begun) {  // on a machine that is busy it may be late before that
        const auto deadline = rt::Deadline::after(clock, kLimit);
        const auto work = [&](soci::session&) -> Result<void> {
            while (!deadline.passed(clock)) rt::pause(1ms);
            throw soci::soci_error("cut");
        };
        EXPECT_FALSE(transactions.run(work, deadline, kLimit));
    }
    return probe.ask();
}

TEST(Transactions, ThatAreCutTellOfTheServerOnlyWhenItDidNotAnswerTheirFirstStatement) {
    EXPECT_FALSE(is_well_after_a_cut(false));
    EXPECT_TRUE(is_well_after_a_cut(true)) << "their work was slow";
}

class TransactionsTest : public ::testing::Test {
protected:
    std::future<Result<void>> start(const Transactions::Work& work,
                                    std::chrono::milliseconds limit) {
        return std::async(std::launch::async, [this, work, limit] {
            return transactions.run(work, rt::Deadline::after(clock, limit), limit);
        });
    }

    /// One that is at work when this returns, until `end_slow`.
    std::future<Result<void>> start_slow() {
        std::latch begun(1);
        auto slow = start(
            [&](soci::session&) {
                begun.count_down();
                end_slow.wait();
                return Result<void>{};
            },
            1h);
        begun.wait();
        return slow;
    }

    std::latch end_slow{1};
    CrowdedConnector connector;
    const rt::SystemClock clock;
    SessionPool sessions{connector, Access::kWrite, 3};
    Silence silence;
    Transactions transactions{connector, sessions, Access::kWrite, silence, "test-service"};
};

TEST_F(TransactionsTest, EndAtTheirDeadlineAlsoWhileTheyWaitToBeAlone) {
    auto slow = start_slow();

    auto loser =
        start([](soci::session&) -> Result<void> { throw soci::soci_error("lost"); }, 50ms);
    const auto ended = loser.wait_for(60s);
    end_slow.count_down();

    EXPECT_EQ(ended, std::future_status::ready);
    EXPECT_EQ(loser.get().error().message, "the server: no answer within 50 ms");
    EXPECT_TRUE(slow.get());
}

TEST_F(TransactionsTest, GoOnTogetherOnceOneGaveUpWaitingToBeAlone) {
    auto slow = start_slow();
    auto loser =
        start([](soci::session&) -> Result<void> { throw soci::soci_error("lost"); }, 50ms);
    loser.wait_for(60s);

    auto next = start([](soci::session&) { return Result<void>{}; }, 60s);
    const auto ended = next.wait_for(90s);
    end_slow.count_down();

    EXPECT_EQ(ended, std::future_status::ready);
    EXPECT_TRUE(next.get()) << "beside the slow one";
    EXPECT_TRUE(slow.get());
}

TEST(Turn, IsNotOvertakenByNewcomersWhileSomebodyWaitsToBeAlone) {
    const rt::SystemClock clock;
    const auto soon = [&] { return rt::Deadline::after(clock, 20ms); };
    const auto later = [&] { return rt::Deadline::after(clock, 10s); };
    Turn turn;
    auto inside = std::make_unique<Turn::Visit>(turn, Turn::Company::kTogether, soon());
    std::future<bool> alone = std::async(std::launch::async, [&] {
        return static_cast<bool>(Turn::Visit(turn, Turn::Company::kAlone, later()));
    });
    // Newcomers get in until the other thread waits.
    const auto until = later();
    while (Turn::Visit(turn, Turn::Company::kTogether, soon()) && !until.passed(clock)) {
    }

    EXPECT_FALSE(until.passed(clock)) << "newcomers go before one who waits to be alone";
    inside.reset();
    EXPECT_TRUE(alone.get());
    EXPECT_TRUE(Turn::Visit(turn, Turn::Company::kTogether, soon()));
}

}  // namespace
}  // namespace dsm::sql

// Who may ask Redis, and how often.
#include "libs/stream/redis_gate.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <future>
#include <memory>
#include <vector>

#include "libs/testing/stopped_clock.hpp"

namespace dsm::stream {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLoading = "LOADING Redis is loading the dataset in memory";

class RedisGateTest : public ::testing::Test {
protected:
    static rt::CallPolicy policy() {
        return {.attempts = 3,
                .repeats = {.share = 0, .burst = 3},
                .breaker = {.failures_to_open = 2, .open_for = 5s}};
    }
    void fail_times(int times) {
        for (int i = 0; i < times; ++i) gate.admit().value().unanswered("no route to host");
    }
    /// Ill, and for so long that one call may find out whether it still is.
    void let_probe_be_due() {
        fail_times(2);
        clock.now += 5s;
    }
    int repeats_of_one_call() {
        auto pass = gate.admit().value();
        int repeats = 0;
        while (repeats < 100 && pass.may_repeat()) ++repeats;
        return repeats;
    }

    testing::StoppedClock clock;
    RedisGate gate{policy(), clock};
};

TEST_F(RedisGateTest, RefusesCallsOfARedisThatFailedAndSaysForHowLongAndWhy) {
    fail_times(1);
    EXPECT_EQ(gate.closed_for(), 0s);
    fail_times(1);

    const auto refused = gate.admit();

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(),
              "it failed again and again and is not asked for 5 s; last: no route to host");
    EXPECT_EQ(gate.closed_for(), 5s);
    EXPECT_EQ(gate.tally().shed, 1U);
}

TEST_F(RedisGateTest, RefusesASecondCallWhileTheProbeIsOutAndSaysForHowLong) {
    let_probe_be_due();
    auto probe = gate.admit();
    ASSERT_TRUE(probe);

    const auto second = gate.admit();

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(),
              "it failed again and again and is not asked for 1 s; last: no route to host");
    EXPECT_EQ(gate.closed_for(), 1s);

    probe->answered("");
    EXPECT_EQ(gate.closed_for(), 0s);
    EXPECT_TRUE(gate.admit());
}

TEST_F(RedisGateTest, GivesTheProbesPlaceToTheNextWhenItsPassIsGoneWithoutAWord) {
    let_probe_be_due();
    {
        const auto probe = gate.admit();
        ASSERT_TRUE(probe);
        ASSERT_FALSE(gate.admit());
    }

    const auto next = gate.admit();

    EXPECT_TRUE(next);
    EXPECT_FALSE(gate.admit()) << "it is the probe, and proved nothing yet";
}

TEST_F(RedisGateTest, KeepsTheProbesPlaceForAPassThatMoves) {
    let_probe_be_due();
    auto first = std::make_unique<RedisGate::Pass>(gate.admit().value());
    auto probe = std::move(*first);
    first.reset();

    EXPECT_FALSE(gate.admit());

    probe.answered("");
    EXPECT_TRUE(gate.admit());
}

TEST_F(RedisGateTest, StopsTheRepeatsOfACallAtItsAttempts) {
    EXPECT_EQ(repeats_of_one_call(), 2) << "three attempts in all";
    EXPECT_EQ(gate.tally().repeats, 2U);
    EXPECT_EQ(gate.tally().repeats_refused, 0U) << "there was more in the budget";
}

TEST_F(RedisGateTest, StopsTheRepeatsOfAllCallsAtTheBudget) {
    repeats_of_one_call();

    EXPECT_EQ(repeats_of_one_call(), 1) << "three repeats in all";
    EXPECT_EQ(repeats_of_one_call(), 0);
    EXPECT_EQ(gate.tally().repeats, 3U);
    EXPECT_EQ(gate.tally().repeats_refused, 2U);
}

TEST_F(RedisGateTest, TakesAnAnswerThatLeavesNobodyServedForAnIllness) {
    for (int i = 0; i < 2; ++i) gate.admit().value().answered(kLoading);

    ASSERT_EQ(gate.closed_for(), 5s);
    EXPECT_NE(gate.admit().error().find(kLoading), std::string::npos);
}

TEST_F(RedisGateTest, TakesARefusalOfOneCommandForAnAnswer) {
    fail_times(1);
    gate.admit().value().answered("WRONGTYPE Operation against a key of the wrong kind");
    fail_times(1);

    EXPECT_EQ(gate.closed_for(), 0s) << "never twice in a row";
}

TEST_F(RedisGateTest, CountsOnlyTheFirstWordOfAPass) {
    fail_times(1);
    auto well = gate.admit().value();
    well.answered("");
    well.unanswered("the connection ended");
    fail_times(1);
    EXPECT_EQ(gate.closed_for(), 0s) << "never twice in a row";

    auto ill = gate.admit().value();
    ill.answered(kLoading);
    ill.answered("");
    EXPECT_EQ(gate.closed_for(), 5s);
}

TEST_F(RedisGateTest, LetsExactlyOneProbeThroughWhenTwoThreadsAskAtOnce) {
    for (int round = 0; round < 100; ++round) {
        let_probe_be_due();
        std::barrier both(2);
        const auto ask = [&] {
            both.arrive_and_wait();
            auto pass = gate.admit();
            both.arrive_and_wait();  // nobody's pass is gone before the other has asked
            const bool admitted = pass.has_value();
            if (admitted) pass->answered("");
            return admitted;
        };
        auto other = std::async(std::launch::async, ask);
        const int here = ask() ? 1 : 0;
        const int there = other.get() ? 1 : 0;

        ASSERT_EQ(here + there, 1) << "round " << round;
        ASSERT_EQ(gate.closed_for(), 0s) << "round " << round;
    }
}

}  // namespace
}  // namespace dsm::stream

#include "services/orchestrator/app/dependency.hpp"

#include <gtest/gtest.h>

namespace dsm::orchestrator {
namespace {

using namespace std::chrono_literals;

/// Steady time moves only when told.
class StoppedClock final : public rt::Clock {
public:
    Instant wall() const override {
        return Instant(std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch()));
    }
    rt::Steady steady() const override { return now; }

    rt::Steady now{1h};
};

class DependencyTest : public ::testing::Test {
protected:
    void fail_times(int times) {
        for (int i = 0; i < times; ++i) dependency.seen_ill("down");
    }

    StoppedClock clock;
    Dependency dependency{"Sprint Service", clock, {.failures_to_open = 3, .open_for = 5s}};
};

TEST_F(DependencyTest, IsInErrorUntilItWasSeen) {
    EXPECT_EQ(dependency.standing(), Standing::kError);
    dependency.seen_well();
    EXPECT_EQ(dependency.standing(), Standing::kOk);
}

TEST_F(DependencyTest, OpensAfterFailuresInARowAndSaysForHowLong) {
    fail_times(2);
    EXPECT_EQ(dependency.refusal(), std::nullopt);

    fail_times(1);
    EXPECT_EQ(dependency.refusal(), 5s);
    EXPECT_EQ(dependency.standing(), Standing::kCircuitOpen);
    clock.now += 4500ms;
    EXPECT_EQ(dependency.refusal(), 1s);
}

TEST_F(DependencyTest, LetsOneProbeThroughAndClosesWhenItSucceeds) {
    fail_times(3);
    clock.now += 5s;

    EXPECT_EQ(dependency.refusal(), std::nullopt);
    EXPECT_EQ(dependency.refusal(), 5s) << "the second caller waits for the probe";
    dependency.seen_well();
    EXPECT_EQ(dependency.refusal(), std::nullopt);
    EXPECT_EQ(dependency.standing(), Standing::kOk);
}

TEST_F(DependencyTest, OpensAgainWhenTheProbeFails) {
    fail_times(3);
    clock.now += 5s;
    ASSERT_EQ(dependency.refusal(), std::nullopt);

    fail_times(1);
    EXPECT_EQ(dependency.refusal(), 5s);
}

TEST_F(DependencyTest, AProbeThatWasLostDoesNotCloseTheDoorForEver) {
    fail_times(3);
    clock.now += 5s;
    ASSERT_EQ(dependency.refusal(), std::nullopt);

    clock.now += 5s;
    EXPECT_EQ(dependency.refusal(), std::nullopt);
}

TEST_F(DependencyTest, AGoodHealthDoesNotCloseIt) {
    fail_times(3);
    dependency.probed_well();

    EXPECT_EQ(dependency.refusal(), 5s);
    EXPECT_EQ(dependency.standing(), Standing::kCircuitOpen);
}

TEST_F(DependencyTest, LetsOneProbeThroughBeforeItsTimeWhenToldThatItsDependencyIsBack) {
    fail_times(3);
    ASSERT_EQ(dependency.refusal(), 5s);

    dependency.let_one_through();

    EXPECT_EQ(dependency.refusal(), std::nullopt);
    EXPECT_EQ(dependency.refusal(), 5s) << "the second caller waits for the probe";
}

TEST_F(DependencyTest, LetsEveryCallThroughWhenNothingFailedBefore) {
    dependency.let_one_through();

    EXPECT_EQ(dependency.refusal(), std::nullopt);
    EXPECT_EQ(dependency.refusal(), std::nullopt);
}

TEST_F(DependencyTest, AGoodHealthBetweenFailuresDoesNotStartTheCountAnew) {
    fail_times(2);
    dependency.probed_well();
    fail_times(1);

    EXPECT_EQ(dependency.refusal(), 5s);
}

TEST_F(DependencyTest, SaysWhatWasLastSeenOnceItsTimeHasPassed) {
    fail_times(3);
    clock.now += 5s;
    EXPECT_EQ(dependency.standing(), Standing::kError);

    dependency.probed_well();
    EXPECT_EQ(dependency.standing(), Standing::kOk);
}

TEST_F(DependencyTest, ASuccessBetweenFailuresStartsTheCountAnew) {
    fail_times(2);
    dependency.seen_well();
    fail_times(2);

    EXPECT_EQ(dependency.refusal(), std::nullopt);
}

}  // namespace
}  // namespace dsm::orchestrator

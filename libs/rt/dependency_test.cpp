#include "libs/rt/dependency.hpp"

#include <gtest/gtest.h>

#include "libs/testing/stopped_clock.hpp"

namespace dsm::rt {
namespace {

using namespace std::chrono_literals;

class DependencyTest : public ::testing::Test {
protected:
    void fail_times(int times) {
        for (int i = 0; i < times; ++i) dependency.admit().value().ill("down");
    }
    std::chrono::seconds wait() {
        const auto ticket = dependency.admit();
        return ticket ? 0s : ticket.error();
    }

    testing::StoppedClock clock;
    Dependency dependency{"Sprint Service", clock, {.failures_to_open = 3, .open_for = 5s}};
};

TEST_F(DependencyTest, IsInErrorUntilItWasSeen) {
    EXPECT_EQ(dependency.standing(), Standing::kError);
    dependency.admit().value().well();
    EXPECT_EQ(dependency.standing(), Standing::kOk);
}

TEST_F(DependencyTest, IsOpenWhileItsBreakerRefusesAndSaysWhatWasLastSeenAfterwards) {
    fail_times(3);
    EXPECT_EQ(wait(), 5s);
    EXPECT_EQ(dependency.standing(), Standing::kCircuitOpen);
    EXPECT_EQ(dependency.last_error(), "down");

    clock.now += 5s;
    EXPECT_EQ(dependency.standing(), Standing::kError);
    dependency.probed_well();
    EXPECT_EQ(dependency.standing(), Standing::kOk);
}

TEST_F(DependencyTest, AGoodHealthDoesNotCloseIt) {
    fail_times(3);
    dependency.probed_well();

    EXPECT_EQ(wait(), 5s);
    EXPECT_EQ(dependency.standing(), Standing::kCircuitOpen);
}

TEST_F(DependencyTest, AGoodHealthBetweenFailuresDoesNotStartTheCountAnew) {
    fail_times(2);
    dependency.probed_well();
    fail_times(1);

    EXPECT_EQ(wait(), 5s);
}

TEST_F(DependencyTest, ABusyOneIsInErrorAndNeverOpens) {
    for (int i = 0; i < 50; ++i) dependency.admit().value().busy("too many requests", 1s);

    EXPECT_EQ(wait(), 0s);
    EXPECT_EQ(dependency.standing(), Standing::kError);
    EXPECT_EQ(dependency.last_error(), "too many requests");
}

TEST_F(DependencyTest, CountsWhatItsPolicyMadeOfCalls) {
    Dependency busy("Sprint Service", clock, {.failures_to_open = 1, .open_for = 5s},
                    {.share = 0.1, .burst = 1});
    busy.repeats().begin_call();
    EXPECT_TRUE(busy.repeats().take());
    EXPECT_FALSE(busy.repeats().take());
    EXPECT_FALSE(busy.repeats().take());
    busy.admit().value().ill("down");
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(busy.admit());

    const auto tally = busy.tally();

    EXPECT_EQ(tally.state, BreakerState::kOpen);
    EXPECT_EQ(tally.repeats, 1U);
    EXPECT_EQ(tally.repeats_refused, 2U);
    EXPECT_EQ(tally.shed, 4U);
}

}  // namespace
}  // namespace dsm::rt

#include "libs/rt/retry_budget.hpp"

#include <gtest/gtest.h>

namespace dsm::rt {
namespace {

/// Requests that `calls` calls send when every attempt fails and each would repeat 10 times.
int requests_of(int calls, RetryBudget& budget) {
    int sent = 0;
    for (int call = 0; call < calls; ++call) {
        budget.begin_call();
        ++sent;
        for (int again = 0; again < 10 && budget.take(); ++again) ++sent;
    }
    return sent;
}

TEST(RetryBudget, LetsATenthOfTheCallsBeRepeatedBesidesTheBurst) {
    RetryBudget budget({.share = 0.1, .burst = 10});

    const int sent = requests_of(10'000, budget);

    EXPECT_LE(sent, 11'010);
    EXPECT_GE(sent, 11'000) << "what was earned can be used";
}

TEST(RetryBudget, LetsAFirstCallUseTheBurstAndNoMore) {
    RetryBudget budget({.share = 0.1, .burst = 3});

    EXPECT_EQ(requests_of(1, budget), 4);
    EXPECT_EQ(requests_of(9, budget), 9);
    EXPECT_EQ(requests_of(1, budget), 2) << "ten calls earn a repeat";
}

TEST(RetryBudget, SavesUpNoMoreThanTheBurst) {
    RetryBudget budget({.share = 0.1, .burst = 2});
    for (int call = 0; call < 1'000; ++call) budget.begin_call();

    EXPECT_TRUE(budget.take());
    EXPECT_TRUE(budget.take());
    EXPECT_FALSE(budget.take());
}

}  // namespace
}  // namespace dsm::rt

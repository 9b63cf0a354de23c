#include "libs/failpoint/plan.hpp"

#include <gtest/gtest.h>

namespace dsm::failpoint {
namespace {

Plan plan_of(std::string_view text) {
    auto orders = parse_orders(text);
    EXPECT_TRUE(orders) << text;
    return Plan(orders ? std::move(*orders) : std::vector<Order>{});
}

/// Which of the first `hits` hits something befalls: "..x." and so on.
std::string befallen(Plan& plan, std::string_view point, std::string_view subject, int hits) {
    std::string seen;
    for (int i = 0; i < hits; ++i) seen += plan.next(point, subject) != nullptr ? 'x' : '.';
    return seen;
}

TEST(FailpointPlan, BefallsTheFirstHitOnceUnlessAnotherIsNamed) {
    struct Case {
        const char* says;
        const char* order;
        const char* befalls;
    };
    const Case cases[] = {
        {"the first, once", "a=error", "x..."},         {"the n-th, once", "a=error@3", "..x."},
        {"from the n-th on", "a=error@2+", ".xxx"},     {"another point", "b=error", "...."},
        {"two orders", "a=error@1; a=kill@4;", "x..x"},
    };
    for (const Case& one : cases) {
        Plan plan = plan_of(one.order);

        EXPECT_EQ(befallen(plan, "a", "", 4), one.befalls) << one.says;
    }
}

TEST(FailpointPlan, CountsOnlyTheHitsOfItsSubject) {
    Plan plan = plan_of("commit[sprint]=kill@2");

    EXPECT_EQ(befallen(plan, "commit", "project", 3), "...");
    EXPECT_EQ(befallen(plan, "commit", "sprint", 3), ".x.");
}

TEST(FailpointPlan, SaysWhatTheNextHitWouldMeetWithoutCountingOne) {
    Plan plan = plan_of("a=kill@2");

    EXPECT_FALSE(plan.has("a", ""));
    plan.next("a", "");
    EXPECT_TRUE(plan.has("a", ""));
    EXPECT_TRUE(plan.has("a", ""));
    EXPECT_FALSE(plan.has("b", ""));
    EXPECT_NE(plan.next("a", ""), nullptr);
}

TEST(FailpointPlan, ReadsEveryDeed) {
    const auto orders = parse_orders("a=kill;b=error;c=lost-reply;d=delay:250@2+");

    ASSERT_TRUE(orders);
    ASSERT_EQ(orders->size(), 4U);
    EXPECT_EQ(orders->at(0).deed, Deed::kKill);
    EXPECT_EQ(orders->at(1).deed, Deed::kError);
    EXPECT_EQ(orders->at(2).deed, Deed::kLostReply);
    EXPECT_EQ(orders->at(3).deed, Deed::kDelay);
    EXPECT_EQ(orders->at(3).delay, std::chrono::milliseconds(250));
}

TEST(FailpointPlan, NamesTheOrderThatCannotBeRead) {
    for (const char* wrong : {"a", "a=", "=kill", "a=explode", "a=kill@0", "a=kill@x", "a=kill@",
                              "a=delay:", "a=delay:x", "a[b=kill", "a=kill@-1"}) {
        const auto orders = parse_orders(std::string("fine=kill; ") + wrong);

        ASSERT_FALSE(orders) << wrong;
        EXPECT_NE(orders.error().message.find(wrong), std::string::npos) << orders.error().message;
    }
}

}  // namespace
}  // namespace dsm::failpoint

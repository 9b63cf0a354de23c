// When a store counts as ill, and when a write is tried to find out.
#include "libs/sql/condition.hpp"

#include <gtest/gtest.h>

namespace dsm::sql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const rt::Steady kOpened = rt::Steady{} + std::chrono::hours(1);

Failure harm(Harm kind) {
    Failure failure{.error = {ErrorCode::kUnavailable, "/d/a.db: no"}};
    failure.error.cause = "It is so.";
    failure.harm = kind;
    return failure;
}

TEST(Condition, IsWellUntilAWriteFailedAndAgainOnceOneSucceeded) {
    Condition condition(kOpened);
    ASSERT_TRUE(condition.is_well());

    condition.failed(harm(Harm::kCannotWrite));
    EXPECT_FALSE(condition.is_well());
    EXPECT_EQ(condition.why(), "It is so.");

    condition.wrote(kOpened + seconds(1));
    EXPECT_TRUE(condition.is_well());
    EXPECT_EQ(condition.why(), "");
}

TEST(Condition, LearnsNothingFromAFailureThatIsNotTheStores) {
    Condition condition(kOpened);

    condition.failed({.error = {ErrorCode::kConflict, "twice"}});

    EXPECT_TRUE(condition.is_well());
}

TEST(Condition, OfADamagedStoreIsNotMendedByAWriteElsewhereInIt) {
    Condition condition(kOpened);
    condition.failed(harm(Harm::kDamaged));

    condition.wrote(kOpened + seconds(1));
    condition.failed(harm(Harm::kHeld));
    condition.wrote(kOpened + seconds(2));

    EXPECT_FALSE(condition.is_well());
    EXPECT_FALSE(condition.write_is_due(kOpened + std::chrono::hours(1)))
        << "nothing more is written into it";
}

TEST(Condition, WantsAWriteAfterAQuietTimeAndAtOnceWhileIll) {
    Condition condition(kOpened);

    EXPECT_FALSE(condition.write_is_due(kOpened + Condition::kQuiet - milliseconds(1)));
    EXPECT_TRUE(condition.write_is_due(kOpened + Condition::kQuiet));

    condition.wrote(kOpened + Condition::kQuiet);
    EXPECT_FALSE(condition.write_is_due(kOpened + Condition::kQuiet + seconds(1)));

    condition.failed(harm(Harm::kCannotWrite));
    EXPECT_TRUE(condition.write_is_due(kOpened + Condition::kQuiet + seconds(1)));
}

TEST(Condition, TakesAShortLockThatATrialMetForOurOwnWriters) {
    Condition condition(kOpened);

    condition.trial_failed(harm(Harm::kHeld), kOpened);
    EXPECT_TRUE(condition.is_well());
    EXPECT_TRUE(condition.write_is_due(kOpened + seconds(1))) << "it is looked at again soon";

    condition.wrote(kOpened + seconds(4));
    condition.trial_failed(harm(Harm::kHeld), kOpened + seconds(6));
    EXPECT_TRUE(condition.is_well());

    condition.trial_failed(harm(Harm::kHeld), kOpened + seconds(6) + Condition::kHeldFor);
    EXPECT_FALSE(condition.is_well());
}

TEST(Condition, BelievesAWriterThatWaitedForTheLockInVain) {
    Condition condition(kOpened);

    condition.failed(harm(Harm::kHeld));

    EXPECT_FALSE(condition.is_well());
}

}  // namespace
}  // namespace dsm::sql

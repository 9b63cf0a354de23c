// When a server counts as lost, and when as back.
#include "libs/sql/reach.hpp"

#include <gtest/gtest.h>

namespace dsm::sql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const rt::Steady kOpened = rt::Steady{} + std::chrono::hours(1);

Failure no_session() {
    Failure failure{.error = {ErrorCode::kUnavailable, "no"}};
    failure.error.cause = "The server cannot be reached.";
    failure.no_session = true;
    return failure;
}

Failure refused() {
    auto failure = no_session();
    failure.refused = true;
    failure.error.cause = "The server has no room.";
    return failure;
}

TEST(Reach, IsLostWithTheFirstThatFindsNoServerAndBackWithTheFirstThatFindsIt) {
    Reach reach(kOpened);
    ASSERT_FALSE(reach.is_lost());

    reach.failed(no_session(), kOpened + seconds(1));
    EXPECT_TRUE(reach.is_lost());
    EXPECT_EQ(reach.why(), "The server cannot be reached.");

    reach.answered(kOpened + seconds(2));
    EXPECT_FALSE(reach.is_lost());
    EXPECT_EQ(reach.why(), "");
}

TEST(Reach, LearnsNothingFromAFailureThatIsNotTheServers) {
    Reach reach(kOpened);

    reach.failed({.error = {ErrorCode::kUnavailable, "a slow statement"}}, kOpened + seconds(1));
    reach.failed({.error = {ErrorCode::kConflict, "twice"}, .again = true}, kOpened + seconds(1));

    EXPECT_FALSE(reach.is_lost());
}

TEST(Reach, BelievesWhoAskedLaterInWhateverOrderTheyAreHeard) {
    Reach reach(kOpened);
    reach.failed(no_session(), kOpened + seconds(10));

    reach.answered(kOpened + seconds(9));
    EXPECT_TRUE(reach.is_lost()) << "that was before the server ended";

    reach.answered(kOpened + seconds(12));
    reach.failed(no_session(), kOpened + seconds(11));
    EXPECT_FALSE(reach.is_lost()) << "that was before the server came back";
}

TEST(Reach, KeepsAServerThatServesItsOldSessionsAndGivesNoNewOnes) {
    Reach reach(kOpened);

    reach.failed(refused(), kOpened + milliseconds(4999));
    EXPECT_FALSE(reach.is_lost());
    reach.answered(kOpened + seconds(5));
    reach.failed(refused(), kOpened + seconds(9));
    EXPECT_FALSE(reach.is_lost());

    reach.failed(refused(), kOpened + seconds(5) + Reach::kRefusedFor);
    EXPECT_TRUE(reach.is_lost()) << "nobody was answered meanwhile";
    EXPECT_EQ(reach.why(), "The server has no room.");
}

}  // namespace
}  // namespace dsm::sql

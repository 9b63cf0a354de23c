#include "libs/failpoint/failpoint.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace dsm::failpoint {
namespace {

#ifdef DSM_FAILPOINTS

const Point kFirst("test.first");
const Point kSecond("test.second");

/// Arms in a process of its own: the environment is read once a process.
void hit_with(const char* orders) {
    ::setenv("DSM_FAILPOINTS", orders, 1);
    const bool as_asked = kFirst.hit() == Effect::kNone && kFirst.hit() == Effect::kError &&
                          kSecond.hit("us") == Effect::kLostReply;
    std::exit(as_asked ? 0 : 1);
}

TEST(FailpointDeathTest, DoesWhatTheEnvironmentAsks) {
    EXPECT_EXIT(hit_with("test.first=error@2; test.second[us]=lost-reply"),
                testing::ExitedWithCode(0), "test.first struck\n.*test.second\\[us\\] struck\n");
}

TEST(FailpointDeathTest, KillsTheProcessWithoutACleanUp) {
    EXPECT_EXIT(hit_with("test.first=kill"), testing::KilledBySignal(SIGKILL),
                "test.first struck\n");
}

TEST(FailpointDeathTest, EndsAProcessThatIsArmedAtNoPointThereIs) {
    EXPECT_EXIT(hit_with("test.frist=kill"), testing::ExitedWithCode(2),
                "there is no point test.frist");
    EXPECT_EXIT(hit_with("nonsense"), testing::ExitedWithCode(2), "is no failpoint order");
}

TEST(Failpoint, ListsEveryPointOfTheProgram) {
    EXPECT_EQ(all_points(), (std::vector<std::string>{"test.first", "test.second"}));
}

#endif

}  // namespace
}  // namespace dsm::failpoint

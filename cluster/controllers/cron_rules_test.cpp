// Which run is due, by the arithmetic of the real controller.
#include "cluster/controllers/cron_rules.hpp"

#include <gtest/gtest.h>

namespace dsm::cluster {
namespace {

Instant at(std::string_view text) {
    return *parse_rfc3339(text);
}

DueRun due(std::string_view schedule, std::string_view earliest, std::string_view now,
           std::optional<std::chrono::seconds> deadline = std::nullopt) {
    const auto parsed = cron::Schedule::parse(schedule);
    return *due_run(*parsed, cron::Zone::utc(), at(earliest), at(now), deadline);
}

TEST(DueRunOf, AScheduleIsNoneBeforeItsFirstTime) {
    const DueRun none = due("0 14 * * *", "2026-03-02T10:00:00Z", "2026-03-02T13:59:59Z");

    EXPECT_EQ(none.scheduled, std::nullopt);
    EXPECT_EQ(none.base, at("2026-03-02T10:00:00Z"));
}

TEST(DueRunOf, AScheduleIsTheLatestOneMissed) {
    EXPECT_EQ(due("0 14 * * *", "2026-03-02T10:00:00Z", "2026-03-02T14:00:00Z").scheduled,
              at("2026-03-02T14:00:00Z"));
    EXPECT_EQ(due("0 14 * * *", "2026-03-02T10:00:00Z", "2026-03-05T13:00:00Z").scheduled,
              at("2026-03-04T14:00:00Z"));
    EXPECT_EQ(due("0 14 * * 1-5", "2026-03-06T13:00:00Z", "2026-03-09T15:00:00Z").scheduled,
              at("2026-03-09T14:00:00Z"));
}

TEST(DueRunOf, AnUnevenScheduleCanBeNoneAsInTheRealController) {
    // Missed on Thursday and Friday; Sunday's estimate looks from Saturday on.
    const DueRun none = due("0 14 * * 1-5", "2026-03-05T13:00:00Z", "2026-03-08T15:00:00Z");

    EXPECT_EQ(none.scheduled, std::nullopt);
    EXPECT_EQ(none.base, at("2026-03-08T15:00:00Z"));
}

TEST(DueRunOf, AScheduleForgetsWhatIsOlderThanTheStartingDeadline) {
    EXPECT_EQ(
        due("0 * * * *", "2026-03-02T10:30:00Z", "2026-03-02T12:10:00Z", std::chrono::seconds(300))
            .scheduled,
        std::nullopt);
}

TEST(DueRunOf, AScheduleSaysWhenMoreThanAHundredWereMissed) {
    EXPECT_FALSE(due("* * * * *", "2026-03-02T10:00:00Z", "2026-03-02T11:40:00Z").too_many);
    EXPECT_TRUE(due("* * * * *", "2026-03-02T10:00:00Z", "2026-03-02T11:41:00Z").too_many);
}

}  // namespace
}  // namespace dsm::cluster

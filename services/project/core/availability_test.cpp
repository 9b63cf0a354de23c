// The availability rule as a table: what touches a window, in which order, in which words.
#include "services/project/core/availability.hpp"

#include <gtest/gtest.h>

namespace dsm::project {
namespace {

Date day(const char* text) {
    return parse_date(text).value();
}

Holiday holiday(const char* date, const char* name) {
    return {day(date), name, "Federal"};
}

MemberPto pto(const char* name, const char* start, const char* end, const char* id = "u") {
    return {name, {.id = id, .employee_id = name, .start = day(start), .end = day(end)}};
}

struct Case {
    const char* sentence;
    std::vector<Holiday> holidays;
    std::vector<MemberPto> time_off;
    std::vector<std::string> details;
};

TEST(Availability, FindsWhatTouchesTheWindow) {
    const Case cases[] = {
        {.sentence = "nothing is no conflict"},
        {.sentence = "both ends of the window are inside it",
         .holidays = {holiday("2025-09-14", "Last"), holiday("2025-08-31", "First")},
         .details = {"US Holiday: First", "US Holiday: Last"}},
        {.sentence = "the days beside the window are outside it",
         .holidays = {holiday("2025-08-30", "Before"), holiday("2025-09-15", "After")}},
        {.sentence = "two holidays of one day come by name",
         .holidays = {holiday("2025-09-01", "B"), holiday("2025-09-01", "A")},
         .details = {"US Holiday: A", "US Holiday: B"}},
        {.sentence = "time off that only touches an end counts",
         .time_off = {pto("Ann", "2025-08-01", "2025-08-31"),
                      pto("Bob", "2025-09-14", "2025-10-01")},
         .details = {"Ann on PTO from 2025-08-01 to 2025-08-31",
                     "Bob on PTO from 2025-09-14 to 2025-10-01"}},
        {.sentence = "time off around the whole window counts once",
         .time_off = {pto("Ann", "2025-01-01", "2025-12-31")},
         .details = {"Ann on PTO from 2025-01-01 to 2025-12-31"}},
        {.sentence = "time off that ended or has not begun does not count",
         .time_off = {pto("Ann", "2025-08-01", "2025-08-30"),
                      pto("Bob", "2025-09-15", "2025-09-15")}},
        {.sentence = "time off comes by start, then name",
         .time_off = {pto("Zoe", "2025-09-02", "2025-09-03"),
                      pto("Bob", "2025-09-02", "2025-09-02"),
                      pto("Mia", "2025-09-01", "2025-09-09")},
         .details = {"Mia on PTO from 2025-09-01 to 2025-09-09",
                     "Bob on PTO from 2025-09-02 to 2025-09-02",
                     "Zoe on PTO from 2025-09-02 to 2025-09-03"}},
        {.sentence = "holidays come before earlier time off",
         .holidays = {holiday("2025-09-10", "Late")},
         .time_off = {pto("Ann", "2025-09-01", "2025-09-01")},
         .details = {"US Holiday: Late", "Ann on PTO from 2025-09-01 to 2025-09-01"}},
    };

    for (const Case& row : cases) {
        const auto conflicts =
            find_conflicts({day("2025-08-31"), day("2025-09-14")}, row.holidays, row.time_off);
        std::vector<std::string> details;
        for (const Conflict& conflict : conflicts) details.push_back(conflict.details);
        EXPECT_EQ(details, row.details) << row.sentence;
    }
}

TEST(Availability, DatesTimeOffByItsFirstDayEvenBeforeTheWindow) {
    const auto conflicts = find_conflicts({day("2025-08-31"), day("2025-09-14")}, {},
                                          {pto("Ann", "2025-08-20", "2025-09-02")});

    ASSERT_EQ(conflicts.size(), 1U);
    EXPECT_EQ(conflicts[0].kind, ConflictKind::kPto);
    EXPECT_EQ(conflicts[0].date, day("2025-08-20"));
    EXPECT_EQ(conflicts[0].name, "Ann");
}

TEST(ContentId, IsAUuidThatOnlyEqualRowsShare) {
    const Pto row{.id = "x",
                  .employee_id = "E1",
                  .start = day("2025-09-01"),
                  .end = day("2025-09-02"),
                  .reason = "away"};
    Pto same = row;
    same.id = "y";
    Pto other = row;
    other.reason = std::nullopt;
    Pto empty = row;
    empty.reason = "";

    EXPECT_EQ(content_id(row).size(), 36U);
    EXPECT_EQ(content_id(row)[14], '8');
    EXPECT_EQ(content_id(row), content_id(same));
    EXPECT_NE(content_id(row), content_id(other));
    EXPECT_NE(content_id(other), content_id(empty));
}

}  // namespace
}  // namespace dsm::project

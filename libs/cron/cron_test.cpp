#include "libs/cron/cron.hpp"

#include <date/tz.h>
#include <gtest/gtest.h>

#include <random>

namespace dsm::cron {
namespace {

using namespace std::chrono;

Instant at(std::string_view text) {
    return *parse_rfc3339(text);
}

std::string next_of(std::string_view expression, std::string_view after,
                    std::string_view zone = "UTC") {
    const auto fire = Schedule::parse(expression)->next(at(after), *Zone::find(zone));
    return fire ? format_rfc3339(*fire) : "never";
}

TEST(CronParse, RefusesWithTheTextsOfTheLibrary) {
    struct Row {
        std::string_view expression;
        std::string_view error;
    };
    const Row rows[] = {
        {"", "empty spec string"},
        {" ", "expected exactly 5 fields, found 0: []"},
        {"a b  c d", "expected exactly 5 fields, found 4: [a b c d]"},
        {"0 0 14 * * 1", "expected exactly 5 fields, found 6: [0 0 14 * * 1]"},
        {"x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"},
        {"99999999999999999999 * * * *",
         "failed to parse int from 99999999999999999999: strconv.Atoi: parsing "
         "\"99999999999999999999\": value out of range"},
        {"*/-1 * * * *", "negative number (-1) not allowed: -1"},
        {"* * 0 * *", "beginning of range (0) below minimum (1): 0"},
        {"* * * * 7", "end of range (7) above maximum (6): 7"},
        {"61 * * * *", "end of range (61) above maximum (59): 61"},
        {"5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"},
        {"*/0 * * * *", "step of range should be a positive number: */0"},
        {"1/2/3 * * * *", "too many slashes: 1/2/3"},
        {"1-2-3 * * * *", "too many hyphens: 1-2-3"},
        {"-1 * * * *", "failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax"},
        {"@never", "unrecognized descriptor: @never"},
        {"@Daily", "unrecognized descriptor: @Daily"},
        {"@every x", "failed to parse duration @every x: time: invalid duration \"x\""},
        {"@every 5", "failed to parse duration @every 5: time: missing unit in duration \"5\""},
        {"@every 5d",
         "failed to parse duration @every 5d: time: unknown unit \"d\" in duration \"5d\""},
        {"TZ=UTC 0 14 * * *", "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"},
        {"CRON_TZ=UTC", "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"},
        {"0 14 * * L", "failed to parse int from L: strconv.Atoi: parsing \"L\": invalid syntax"},
        {"0 14 * january *",
         "failed to parse int from january: strconv.Atoi: parsing \"january\": invalid syntax"},
        {"0\" 14 * * *",
         "failed to parse int from 0\": strconv.Atoi: parsing \"0\\\"\": invalid syntax"},
    };

    for (const Row& row : rows) {
        const auto schedule = Schedule::parse(row.expression);
        ASSERT_FALSE(schedule) << row.expression;
        EXPECT_EQ(schedule.error().message, row.error);
        EXPECT_EQ(schedule.error().code, ErrorCode::kInvalid);
    }
}

TEST(CronParse, RefusesDescriptorsWhereTheyAreNotWanted) {
    for (const char* text : {"@daily", "@every 1h", "@x"}) {
        EXPECT_EQ(Schedule::parse(text, Macros::kRefused).error().message,
                  fmt::format("parser does not accept descriptors: {}", text));
    }
    EXPECT_TRUE(Schedule::parse("0 14 * * 1-5", Macros::kRefused));
}

TEST(CronNext, ReadsTheDialectAsTheLibraryDoes) {
    struct Row {
        std::string_view expression;
        std::string_view after;
        std::string_view next;
    };
    const Row rows[] = {
        {"0 14 * * 1-5", "2025-08-31T14:05:00Z", "2025-09-01T14:00:00Z"},
        {"0 14 * * 1-5", "2025-09-01T13:59:59.999999Z", "2025-09-01T14:00:00Z"},
        {"0 14 * * 1-5", "2025-09-01T14:00:00Z", "2025-09-02T14:00:00Z"},
        {"0 14 * * MON-fri", "2025-08-31T14:05:00Z", "2025-09-01T14:00:00Z"},
        {"0 0 1 FEB ?", "2025-03-01T00:00:00Z", "2026-02-01T00:00:00Z"},
        {"0 0 29 2 *", "2025-03-01T00:00:00Z", "2028-02-29T00:00:00Z"},
        {"0 0 30 2 *", "2025-03-01T00:00:00Z", "never"},
        {", * * * *", "2025-03-01T00:00:00Z", "never"},
        {"+5 * * * *", "2025-03-01T00:00:00Z", "2025-03-01T00:05:00Z"},
        {"*-5 * * * *", "2025-03-01T00:07:00Z", "2025-03-01T00:08:00Z"},
        {"*/100 * * * *", "2025-03-01T00:07:00Z", "2025-03-01T01:00:00Z"},
        {"50/4 * * * *", "2025-03-01T00:51:00Z", "2025-03-01T00:54:00Z"},
        // A step above 1 takes the star away, so both day fields are alternatives.
        {"0 0 */2 * 1", "2025-09-01T00:00:00Z", "2025-09-03T00:00:00Z"},
        {"0 0 */1 * 1", "2025-09-01T00:00:00Z", "2025-09-08T00:00:00Z"},
        {"0 0 13 * 5", "2025-09-01T00:00:00Z", "2025-09-05T00:00:00Z"},
        {"0 0 13,* * 5", "2025-09-01T00:00:00Z", "2025-09-05T00:00:00Z"},
        {"0 0 13 * 5,*", "2025-09-01T00:00:00Z", "2025-09-13T00:00:00Z"},
        {"@daily", "2025-09-01T00:00:00Z", "2025-09-02T00:00:00Z"},
        {"@weekly", "2025-09-01T00:00:00Z", "2025-09-07T00:00:00Z"},
        {"@annually", "2025-09-01T00:00:00Z", "2026-01-01T00:00:00Z"},
        {"@every 1h30m", "2025-09-01T00:00:00.5Z", "2025-09-01T01:30:00Z"},
        {"@every 1ms", "2025-09-01T00:00:00Z", "2025-09-01T00:00:01Z"},
        {"\t0\u00a014 *\n* 1-5 ", "2025-08-31T14:05:00Z", "2025-09-01T14:00:00Z"},
    };

    for (const Row& row : rows) {
        EXPECT_EQ(next_of(row.expression, row.after), row.next) << row.expression;
    }
}

TEST(CronNext, AWallTimeInASkippedHourDoesNotFire) {
    // Berlin skips 02:00 to 03:00 on 30 March 2025.
    EXPECT_EQ(next_of("30 2 * * *", "2025-03-29T12:00:00Z", "Europe/Berlin"),
              "2025-03-31T00:30:00Z");
}

TEST(CronNext, AWallTimeInARepeatedHourFiresTwice) {
    // Berlin has 02:00 to 03:00 twice on 26 October 2025.
    EXPECT_EQ(next_of("30 2 * * *", "2025-10-25T12:00:00Z", "Europe/Berlin"),
              "2025-10-26T00:30:00Z");
    EXPECT_EQ(next_of("30 2 * * *", "2025-10-26T00:30:00Z", "Europe/Berlin"),
              "2025-10-26T01:30:00Z");
}

TEST(CronNext, MidnightThatDoesNotExistIsSkipped) {
    // Beirut skips 00:00 to 01:00 on 30 March 2025.
    EXPECT_EQ(next_of("0 0 * * *", "2025-03-29T12:00:00Z", "Asia/Beirut"), "2025-03-30T21:00:00Z");
}

TEST(CronZone, FindsOnlyZonesOfTheDatabase) {
    EXPECT_TRUE(Zone::find("America/New_York"));
    for (const char* name : {"", "Mars/Olympus", "../etc/passwd", "europe/berlin "}) {
        EXPECT_FALSE(Zone::find(name)) << name;
    }
}

/// A random field text and the set of values it stands for, so the parser is checked as well.
struct RandomField {
    std::string text;
    std::uint64_t bits = 0;
    bool star = false;
};

RandomField random_field(std::mt19937_64& random, unsigned min, unsigned max) {
    const auto pick = [&](unsigned low, unsigned high) {
        return low + static_cast<unsigned>(random() % (high - low + 1));
    };
    RandomField field;
    const unsigned elements = pick(1, 2);
    for (unsigned i = 0; i < elements; ++i) {
        if (i > 0) field.text += ',';
        unsigned low = min;
        unsigned high = max;
        unsigned step = 1;
        const unsigned kind = pick(0, 4);
        if (kind == 0) {
            field.text += '*';
            field.star = true;
        } else if (kind == 1) {
            step = pick(2, 20);
            field.text += fmt::format("*/{}", step);
        } else if (kind == 2) {
            low = high = pick(min, max);
            field.text += fmt::format("{}", low);
        } else {
            low = pick(min, max);
            high = pick(low, max);
            step = pick(1, 5);
            field.text += fmt::format("{}-{}/{}", low, high, step);
        }
        for (unsigned v = low; v <= high; v += step) field.bits |= std::uint64_t{1} << v;
    }
    return field;
}

TEST(CronNext, AgreesWithASearchMinuteByMinute) {
    std::mt19937_64 random(20250831);
    const std::array<const char*, 5> zones{"Europe/Berlin", "America/New_York", "Asia/Beirut",
                                           "Australia/Lord_Howe", "UTC"};
    for (int round = 0; round < 150; ++round) {
        const std::array<RandomField, 5> f{random_field(random, 0, 59), random_field(random, 0, 23),
                                           random_field(random, 1, 31), random_field(random, 1, 12),
                                           random_field(random, 0, 6)};
        const std::string expression =
            fmt::format("{} {} {} {} {}", f[0].text, f[1].text, f[2].text, f[3].text, f[4].text);
        const std::string zone = zones[random() % zones.size()];
        const auto* tz = date::locate_zone(zone);
        const Instant start = at("2025-03-01T00:00:00Z") + minutes(random() % (290 * 1440));
        const auto matches = [&](sys_seconds instant) {
            const auto wall = sys_seconds(instant + tz->get_info(instant).offset);
            const auto day = floor<days>(wall);
            const hh_mm_ss time(wall - day);
            const year_month_day date(day);
            const auto has = [](const RandomField& field, auto value) {
                return (field.bits >> static_cast<unsigned>(value) & 1) != 0;
            };
            const bool by_day = has(f[2], static_cast<unsigned>(date.day()));
            const bool by_weekday = has(f[4], weekday(day).c_encoding());
            const bool any = f[2].star || f[4].star;
            return has(f[0], time.minutes().count()) && has(f[1], time.hours().count()) &&
                   has(f[3], static_cast<unsigned>(date.month())) &&
                   (any ? by_day && by_weekday : by_day || by_weekday);
        };
        std::optional<Instant> expected;
        const sys_seconds first = ceil<minutes>(floor<seconds>(start) + seconds(1));
        for (int minute = 0; minute < 30 * 1440 && !expected; ++minute) {
            if (matches(first + minutes(minute))) expected = first + minutes(minute);
        }

        const auto found = Schedule::parse(expression)->next(start, *Zone::find(zone));
        if (expected) {
            ASSERT_TRUE(found) << expression << " in " << zone;
            ASSERT_EQ(format_rfc3339(*found), format_rfc3339(*expected))
                << expression << " in " << zone << " after " << format_rfc3339(start);
        } else if (found) {
            ASSERT_GE(*found, first + minutes(30 * 1440)) << expression << " in " << zone;
        }
    }
}

}  // namespace
}  // namespace dsm::cron

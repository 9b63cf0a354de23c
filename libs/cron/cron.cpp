#include "libs/cron/cron.hpp"

#include <date/tz.h>

#include <bit>
#include <chrono>

#include "libs/cron/fields.hpp"
#include "libs/cron/go_duration.hpp"

namespace dsm::cron {
namespace {

using namespace std::chrono;

/// Wall time of a zone, as if it were UTC.
using Wall = sys_seconds;

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kDescriptors{{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
}};

bool has_bit(std::uint64_t bits, unsigned position) {
    return (bits >> position & 1) != 0;
}

/// The lowest set bit at or above `from`, or nullopt.
std::optional<unsigned> bit_from(std::uint64_t bits, unsigned from) {
    const std::uint64_t rest = from > 63 ? 0 : bits >> from << from;
    if (rest == 0) return std::nullopt;
    return static_cast<unsigned>(std::countr_zero(rest));
}

/// The first minute of `minutes`×`hours` at or after `from` within one day.
std::optional<std::chrono::minutes> time_of_day(std::uint64_t minute_bits, std::uint64_t hour_bits,
                                                std::chrono::minutes from) {
    const auto from_hour = static_cast<unsigned>(from.count() / 60);
    const auto from_minute = static_cast<unsigned>(from.count() % 60);
    if (has_bit(hour_bits, from_hour)) {
        if (const auto minute = bit_from(minute_bits, from_minute))
            return std::chrono::minutes(from_hour * 60 + *minute);
    }
    const auto hour = bit_from(hour_bits, from_hour + 1);
    const auto minute = bit_from(minute_bits, 0);
    if (!hour || !minute) return std::nullopt;
    return std::chrono::minutes(*hour * 60 + *minute);
}

/// A stretch of time over which a zone keeps one offset from UTC.
struct Span {
    seconds offset{0};
    sys_seconds end = sys_seconds::max();
};

Span span_at(const void* zone, sys_seconds at) {
    if (zone == nullptr) return {};
    const auto info = static_cast<const date::time_zone*>(zone)->get_info(at);
    return {.offset = info.offset, .end = info.end};
}

}  // namespace

Zone Zone::utc() {
    return {};
}

std::optional<Zone> Zone::find(std::string_view name) {
    if (name == "UTC") return utc();
    try {
        Zone zone;
        zone.zone_ = date::locate_zone(std::string(name));
        return zone;
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

Result<Schedule> Schedule::parse(std::string_view expression, Macros macros) {
    if (expression.empty()) return fail(ErrorCode::kInvalid, "empty spec string");
    if (expression.starts_with("TZ=") || expression.starts_with("CRON_TZ=")) {
        return fail(ErrorCode::kInvalid,
                    "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    }
    if (expression.starts_with("@")) {
        if (macros == Macros::kRefused) {
            return fail(ErrorCode::kInvalid,
                        fmt::format("parser does not accept descriptors: {}", expression));
        }
        static constexpr std::string_view kEvery = "@every ";
        if (expression.starts_with(kEvery)) {
            const auto period = parse_go_duration(expression.substr(kEvery.size()));
            if (!period) {
                return fail(ErrorCode::kInvalid, fmt::format("failed to parse duration {}: {}",
                                                             expression, period.error().message));
            }
            Schedule schedule;
            schedule.every_ = std::max(seconds(1), floor<seconds>(*period));
            return schedule;
        }
        const auto known = std::ranges::find(
            kDescriptors, expression, [](const auto& descriptor) { return descriptor.first; });
        if (known == kDescriptors.end()) {
            return fail(ErrorCode::kInvalid,
                        fmt::format("unrecognized descriptor: {}", expression));
        }
        return parse(known->second);
    }

    const auto fields = parse_fields(expression);
    if (!fields) return std::unexpected(fields.error());
    Schedule schedule;
    schedule.minutes_ = fields->at(0).bits;
    schedule.hours_ = fields->at(1).bits;
    schedule.days_ = fields->at(2).bits;
    schedule.months_ = fields->at(3).bits;
    schedule.weekdays_ = fields->at(4).bits;
    schedule.any_day_ = fields->at(2).star;
    schedule.any_weekday_ = fields->at(4).star;
    return schedule;
}

bool Schedule::fires_on(std::chrono::sys_days day) const {
    const year_month_day date(day);
    const bool in_days = has_bit(days_, static_cast<unsigned>(date.day()));
    const bool in_weekdays = has_bit(weekdays_, weekday(day).c_encoding());
    if (any_day_ || any_weekday_) return in_days && in_weekdays;
    return in_days || in_weekdays;
}

std::optional<std::chrono::sys_seconds> Schedule::first_wall(std::chrono::sys_seconds from,
                                                             std::chrono::sys_seconds end) const {
    auto day = floor<days>(from);
    auto earliest = ceil<std::chrono::minutes>(from - day);
    while (day < end) {
        const year_month_day date(day);
        if (!has_bit(months_, static_cast<unsigned>(date.month()))) {
            day = sys_days((date.year() / date.month() + months(1)) / 1);
        } else {
            const bool possible = fires_on(day) && earliest < hours(24);
            const auto time = possible ? time_of_day(minutes_, hours_, earliest) : std::nullopt;
            if (time) return day + *time;
            day += days(1);
        }
        earliest = {};
    }
    return std::nullopt;
}

std::optional<Instant> Schedule::next(Instant after, const Zone& zone) const {
    sys_seconds at = floor<seconds>(after) + seconds(1);
    if (every_) return floor<seconds>(after) + *every_;

    const Wall start = at + span_at(zone.zone_, at).offset;
    const auto last_year = year_month_day(floor<days>(start)).year() + years(5);
    const Wall limit = sys_days(last_year / December / 31) + days(1);
    // Within one span wall time runs evenly, so a skipped hour is in no span and a repeated one in
    // two: both rules of the dialect follow from walking the spans.
    for (;;) {
        const Span span = span_at(zone.zone_, at);
        const bool last = span.end > limit + days(2);  // an offset is less than a day
        const Wall end = last ? limit : std::min(limit, span.end + span.offset);
        const auto wall = first_wall(at + span.offset, end);
        if (wall && *wall < end) return *wall - span.offset;
        if (last) return std::nullopt;
        at = span.end;
    }
}

}  // namespace dsm::cron

#include "libs/base/time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace dsm {
namespace {

using namespace std::chrono;

/// `count` digits at `at`, or nullopt.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int value = 0;
    for (char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

bool has(std::string_view text, std::size_t at, char expected) {
    return at < text.size() && text[at] == expected;
}

struct Offset {
    minutes value{0};
};

std::optional<Offset> parse_offset(std::string_view text) {
    if (text == "Z" || text == "z") return Offset{};
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return std::nullopt;
    const auto hour = digits(text, 1, 2);
    const auto minute = digits(text, 4, 2);
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    const minutes size = hours(*hour) + minutes(*minute);
    return Offset{text[0] == '-' ? -size : size};
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto y = digits(text, 0, 4);
    const auto m = digits(text, 5, 2);
    const auto d = digits(text, 8, 2);
    if (!y || !m || !d || *y == 0) return std::nullopt;
    const year_month_day day{year(*y), month(static_cast<unsigned>(*m)),
                             std::chrono::day(static_cast<unsigned>(*d))};
    if (!day.ok()) return std::nullopt;
    return sys_days(day);
}

std::string format_date(Date date) {
    const year_month_day day(date);
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
    if (text.size() < 20) return std::nullopt;
    const auto date = parse_date(text.substr(0, 10));
    if (!date || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) return std::nullopt;
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!hour || !minute || !second || !has(text, 13, ':') || !has(text, 16, ':'))
        return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;

    std::size_t at = 19;
    microseconds fraction{0};
    if (has(text, at, '.')) {
        const std::size_t begin = ++at;
        int scale = 100'000;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
            fraction += microseconds((text[at] - '0') * scale);
            scale /= 10;
            ++at;
        }
        if (at == begin) return std::nullopt;
    }
    const auto offset = parse_offset(text.substr(at));
    if (!offset) return std::nullopt;
    return *date + hours(*hour) + minutes(*minute) + seconds(*second) + fraction - offset->value;
}

std::string format_rfc3339(Instant instant) {
    const auto whole = floor<seconds>(instant);
    const auto day = floor<days>(whole);
    const hh_mm_ss time(whole - day);
    return fmt::format("{}T{:02}:{:02}:{:02}Z", format_date(day), time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

std::string format_rfc3339_micros(Instant instant) {
    std::string text = format_rfc3339(instant);
    text.pop_back();
    return fmt::format("{}.{:06}Z", text, (instant - floor<seconds>(instant)).count());
}

std::string format_http_date(Instant instant) {
    static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto whole = floor<seconds>(instant);
    const auto day = floor<days>(whole);
    const year_month_day date(day);
    const hh_mm_ss time(whole - day);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday(day).c_encoding()],
                       static_cast<unsigned>(date.day()),
                       kMonths[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                       time.seconds().count());
}

Date utc_date(Instant instant) {
    return floor<days>(instant);
}

}  // namespace dsm

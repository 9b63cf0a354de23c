#include "libs/cron/fields.hpp"

#include <fmt/ranges.h>

#include <cctype>
#include <vector>

#include "libs/cron/go_text.hpp"

namespace dsm::cron {
namespace {

struct Bounds {
    std::int64_t min;
    std::int64_t max;
    std::span<const std::string_view> names;  ///< the first one means `min`
};

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed",
                                                    "thu", "fri", "sat"};
constexpr std::array<Bounds, 5> kBounds{
    {{0, 59, {}}, {0, 23, {}}, {1, 31, {}}, {1, 12, kMonths}, {0, 6, kWeekdays}}};

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) return parts;
        begin = end + 1;
    }
}

Result<std::int64_t> parse_number(std::string_view text) {
    const auto number = parse_go_int(text);
    if (!number) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("failed to parse int from {}: {}", text, number.error().message));
    }
    if (*number < 0) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("negative number ({}) not allowed: {}", *number, text));
    }
    return *number;
}

Result<std::int64_t> parse_number_or_name(std::string_view text, const Bounds& bounds) {
    std::string lower(text);
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (std::size_t i = 0; i < bounds.names.size(); ++i) {
        if (bounds.names[i] == lower) return bounds.min + static_cast<std::int64_t>(i);
    }
    return parse_number(text);
}

struct Range {
    std::int64_t start;
    std::int64_t end;
    std::int64_t step = 1;
    bool star = false;
};

Result<Range> parse_range(std::string_view text, std::string_view whole, const Bounds& bounds) {
    const auto ends = split(text, '-');
    // What follows a star's hyphen is not looked at: `*-5` is `*`.
    if (ends[0] == "*" || ends[0] == "?") return Range{bounds.min, bounds.max, 1, true};
    const auto start = parse_number_or_name(ends[0], bounds);
    if (!start) return std::unexpected(start.error());
    if (ends.size() == 1) return Range{*start, *start};
    if (ends.size() > 2)
        return fail(ErrorCode::kInvalid, fmt::format("too many hyphens: {}", whole));
    const auto end = parse_number_or_name(ends[1], bounds);
    if (!end) return std::unexpected(end.error());
    return Range{*start, *end};
}

Result<Range> check(Range range, std::string_view text, const Bounds& bounds) {
    std::string why;
    if (range.start < bounds.min) {
        why = fmt::format("beginning of range ({}) below minimum ({}): {}", range.start, bounds.min,
                          text);
    } else if (range.end > bounds.max) {
        why = fmt::format("end of range ({}) above maximum ({}): {}", range.end, bounds.max, text);
    } else if (range.start > range.end) {
        why = fmt::format("beginning of range ({}) beyond end of range ({}): {}", range.start,
                          range.end, text);
    } else if (range.step == 0) {
        why = fmt::format("step of range should be a positive number: {}", text);
    }
    if (!why.empty()) return fail(ErrorCode::kInvalid, std::move(why));
    return range;
}

Result<Range> parse_element(std::string_view text, const Bounds& bounds) {
    const auto parts = split(text, '/');
    auto range = parse_range(parts[0], text, bounds);
    if (!range) return range;
    if (parts.size() > 2)
        return fail(ErrorCode::kInvalid, fmt::format("too many slashes: {}", text));
    if (parts.size() == 2) {
        const auto step = parse_number(parts[1]);
        if (!step) return std::unexpected(step.error());
        range->step = *step;
        if (parts[0].find('-') == std::string_view::npos) range->end = bounds.max;
        if (*step > 1) range->star = false;
    }
    return check(*range, text, bounds);
}

Result<Field> parse_field(std::string_view text, const Bounds& bounds) {
    Field field;
    for (const std::string_view element : split(text, ',')) {
        if (element.empty()) continue;
        const auto range = parse_element(element, bounds);
        if (!range) return std::unexpected(range.error());
        field.star |= range->star;
        for (std::int64_t value = range->start; value <= range->end;) {
            field.bits |= std::uint64_t{1} << value;
            if (range->step > range->end - value) break;
            value += range->step;
        }
    }
    return field;
}

}  // namespace

Result<std::array<Field, 5>> parse_fields(std::string_view expression) {
    const auto words = go_fields(expression);
    if (words.size() != kBounds.size()) {
        return fail(ErrorCode::kInvalid, fmt::format("expected exactly 5 fields, found {}: [{}]",
                                                     words.size(), fmt::join(words, " ")));
    }
    std::array<Field, 5> fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto field = parse_field(words[i], kBounds[i]);
        if (!field) return std::unexpected(field.error());
        fields[i] = *field;
    }
    return fields;
}

}  // namespace dsm::cron

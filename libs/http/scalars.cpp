#include "libs/http/scalars.hpp"

#include <charconv>
#include <cmath>

#include "libs/base/identifier.hpp"

namespace dsm::http {
namespace {

namespace json = boost::json;

std::unexpected<Refusal> refuse(std::string type, std::string msg,
                                std::optional<json::object> ctx = std::nullopt) {
    return std::unexpected(Refusal{std::move(type), std::move(msg), std::move(ctx)});
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

Read<std::int64_t> in_range(std::int64_t number, const IntRule& rule) {
    if (number < rule.min) {
        return refuse("greater_than_equal",
                      fmt::format("Input should be greater than or equal to {}", rule.min),
                      json::object{{"ge", rule.min}});
    }
    if (number > rule.max) {
        return refuse("less_than_equal",
                      fmt::format("Input should be less than or equal to {}", rule.max),
                      json::object{{"le", rule.max}});
    }
    return number;
}

/// A number too large for 64 bits is out of every range, on the side of its sign.
Read<std::int64_t> read_double(double number, const IntRule& rule) {
    if (number != std::floor(number)) {
        return refuse("int_from_float",
                      "Input should be a valid integer, got a number with a fractional part");
    }
    if (number >= 9.2e18) return in_range(INT64_MAX, rule);
    if (number <= -9.2e18) return in_range(INT64_MIN, rule);
    return in_range(static_cast<std::int64_t>(number), rule);
}

Read<std::int64_t> read_digits(std::string_view text, const IntRule& rule) {
    std::string_view digits = trimmed(text);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t number = 0;
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failure == std::errc::result_out_of_range && end == digits.data() + digits.size()) {
        return in_range(digits.starts_with('-') ? INT64_MIN : INT64_MAX, rule);
    }
    if (failure != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
        return refuse("int_parsing",
                      "Input should be a valid integer, unable to parse string as an integer");
    }
    return in_range(number, rule);
}

}  // namespace

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Read<std::string> read_text(const json::value& value, const TextRule& rule) {
    const json::string* text = value.if_string();
    if (text == nullptr) return refuse("string_type", "Input should be a valid string");
    const std::size_t length = characters(*text);
    if (length < rule.min_length) {
        return refuse("string_too_short",
                      fmt::format("String should have at least {} character{}", rule.min_length,
                                  rule.min_length == 1 ? "" : "s"),
                      json::object{{"min_length", rule.min_length}});
    }
    if (length > rule.max_length) {
        return refuse("string_too_long",
                      fmt::format("String should have at most {} characters", rule.max_length),
                      json::object{{"max_length", rule.max_length}});
    }
    if (rule.is_id && text->find('/') != json::string::npos) {
        return refuse("value_error", "Value error, an id must not contain '/'");
    }
    if (rule.is_id && !is_valid_id(*text)) {
        return refuse("value_error", "Value error, an id must not contain control characters");
    }
    // PostgreSQL cannot keep one, and what is kept must not depend on the database.
    if (text->find('\0') != json::string::npos) {
        return refuse("value_error", "Value error, text must not contain a null character");
    }
    return std::string(*text);
}

Read<std::int64_t> read_integer(const json::value& value, const IntRule& rule) {
    if (const std::int64_t* number = value.if_int64()) return in_range(*number, rule);
    if (value.is_uint64()) return in_range(INT64_MAX, rule);
    if (const double* number = value.if_double()) return read_double(*number, rule);
    if (const json::string* text = value.if_string()) return read_digits(*text, rule);
    return refuse("int_type", "Input should be a valid integer");
}

Read<bool> read_boolean(const json::value& value) {
    if (const bool* flag = value.if_bool()) return *flag;
    if (value.is_int64() && (value.get_int64() == 0 || value.get_int64() == 1))
        return value.get_int64() == 1;
    if (const json::string* text = value.if_string()) {
        std::string lower(*text);
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        });
        if (lower == "true" || lower == "yes" || lower == "on" || lower == "1") return true;
        if (lower == "false" || lower == "no" || lower == "off" || lower == "0") return false;
    }
    return refuse("bool_parsing", "Input should be a valid boolean, unable to interpret input");
}

Read<Date> read_date(const json::value& value) {
    const json::string* text = value.if_string();
    const std::optional<Date> date = text == nullptr ? std::nullopt : parse_date(*text);
    if (!date) {
        return refuse("date_from_datetime_parsing",
                      "Input should be a valid date in the form YYYY-MM-DD");
    }
    return *date;
}

}  // namespace dsm::http

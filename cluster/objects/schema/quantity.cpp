// Parses mantissa and suffix, then picks the largest suffix that leaves an integer.
#include "cluster/objects/schema/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace dsm::cluster {
namespace {

using Wide = __int128;

enum class Style { kBinary, kDecimal, kExponent };

struct Suffix {
    Style style = Style::kDecimal;
    int exponent = 0;  // of 10, or of 1024 when binary
};

constexpr std::array<std::string_view, 10> kDecimal = {"n", "u", "m", "",  "k",
                                                       "M", "G", "T", "P", "E"};
constexpr std::array<std::string_view, 7> kBinary = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};

std::optional<Suffix> suffix_of(std::string_view text) {
    for (std::size_t i = 0; i < kDecimal.size(); ++i) {
        if (text == kDecimal[i]) return Suffix{Style::kDecimal, static_cast<int>(i) * 3 - 9};
    }
    for (std::size_t i = 1; i < kBinary.size(); ++i) {
        if (text == kBinary[i]) return Suffix{Style::kBinary, static_cast<int>(i)};
    }
    if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
    text.remove_prefix(text[1] == '+' ? 2 : 1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (exponent < -9 || exponent > 18) return std::nullopt;
    return Suffix{Style::kExponent, exponent};
}

Wide power(Wide base, int exponent) {
    Wide result = 1;
    while (exponent-- > 0) result *= base;
    return result;
}

std::string decimal_text(Wide nanos, Style style) {
    int exponent = -9;
    while (exponent < 18 && nanos % 1000 == 0 && nanos != 0) {
        nanos /= 1000;
        exponent += 3;
    }
    if (nanos == 0) exponent = 0;
    const auto number = static_cast<std::int64_t>(nanos);
    if (style == Style::kExponent) {
        return exponent == 0 ? fmt::format("{}", number) : fmt::format("{}e{}", number, exponent);
    }
    return fmt::format("{}{}", number, kDecimal[static_cast<std::size_t>(exponent / 3 + 3)]);
}

std::string binary_text(Wide value) {
    std::size_t exponent = 0;
    while (exponent + 1 < kBinary.size() && value != 0 && value % 1024 == 0) {
        value /= 1024;
        ++exponent;
    }
    return fmt::format("{}{}", static_cast<std::int64_t>(value), kBinary[exponent]);
}

/// Close enough to compare with.
std::optional<double> amount_of(std::string_view text) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    const auto suffix = suffix_of(text.substr(static_cast<std::size_t>(end - text.data())));
    if (!suffix) return std::nullopt;
    return number * std::pow(suffix->style == Style::kBinary ? 1024.0 : 10.0, suffix->exponent);
}

}  // namespace

std::optional<std::string> canonical_quantity(std::string_view text) {
    std::string_view rest = text;
    bool negative = false;
    if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
        negative = rest[0] == '-';
        rest.remove_prefix(1);
    }
    Wide mantissa = 0;
    int digits = 0;
    int decimals = 0;
    bool point = false;
    std::size_t at = 0;
    for (; at < rest.size(); ++at) {
        const char c = rest[at];
        if (c == '.' && !point) {
            point = true;
        } else if (c >= '0' && c <= '9') {
            if (++digits > 18) return std::string(text);
            mantissa = mantissa * 10 + (c - '0');
            decimals += point ? 1 : 0;
        } else {
            break;
        }
    }
    if (digits == 0) return std::nullopt;
    const auto suffix = suffix_of(rest.substr(at));
    if (!suffix) return std::nullopt;
    if (negative) mantissa = -mantissa;

    constexpr Wide kLimit = static_cast<Wide>(INT64_MAX);
    const auto beyond = [&](Wide value) { return value > kLimit || value < -kLimit; };
    if (suffix->style == Style::kBinary) {
        const Wide scaled = mantissa * power(1024, suffix->exponent);
        if (scaled % power(10, decimals) == 0 && !beyond(scaled / power(10, decimals))) {
            return binary_text(scaled / power(10, decimals));
        }
        return std::string(text);
    }
    const int shift = suffix->exponent + 9 - decimals;
    if (shift > 18) return std::string(text);  // more than an int64 can count in units
    Wide nanos = shift >= 0 ? mantissa * power(10, shift) : mantissa;
    if (shift < 0) {  // finer than nano is rounded up, away from zero
        const Wide divisor = power(10, -shift);
        const Wide rounded = nanos / divisor;
        nanos = nanos % divisor == 0 ? rounded : rounded + (negative ? -1 : 1);
    }
    return decimal_text(nanos, suffix->style);
}

bool is_more(std::string_view one, std::string_view other) {
    const auto left = amount_of(one);
    const auto right = amount_of(other);
    return left && right && *left > *right;
}

}  // namespace dsm::cluster

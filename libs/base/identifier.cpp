// The UTF-8 decoder is ours, because an id is checked before any library sees it.
#include "libs/base/identifier.hpp"

#include <algorithm>

#include <cstdint>

namespace dsm {
namespace {

constexpr std::size_t kIdLimit = 255;

bool is_continuation(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

/// Bytes of the sequence that starts `text`, its code point in `point`; 0 when it is malformed.
std::size_t decode(std::string_view text, std::uint32_t& point) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        point = first;
        return 1;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    point = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(byte(i))) return 0;
        point = (point << 6) | (byte(i) & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return overlong || surrogate || point > 0x10FFFF ? 0 : length;
}

bool is_control(std::uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0);
}

}  // namespace

bool is_valid_id(std::string_view text) {
    std::size_t characters = 0;
    while (!text.empty()) {
        std::uint32_t point = 0;
        const std::size_t length = decode(text, point);
        if (length == 0 || is_control(point) || point == '/') return false;
        if (++characters > kIdLimit) return false;
        text.remove_prefix(length);
    }
    return characters > 0;
}

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        std::uint32_t point = 0;
        const std::size_t length = decode(text, point);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::size_t count_characters(std::string_view text) {
    std::size_t characters = 0;
    for (const char c : text) {
        if (!is_continuation(static_cast<unsigned char>(c))) ++characters;
    }
    return characters;
}

bool is_uuid(std::string_view text) {
    constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::ranges::equal(text, kForm, [](char c, char form) {
        return form == '-' ? c == '-' : std::string_view("0123456789abcdefABCDEF").contains(c);
    });
}

}  // namespace dsm

#include "libs/cron/go_text.hpp"

#include <charconv>

namespace dsm::cron {
namespace {

/// White space beyond ASCII, as UTF-8.
constexpr std::array<std::string_view, 19> kWideSpaces{
    "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

/// Bytes of the white space that `text` begins with; 0 for none.
std::size_t space_length(std::string_view text) {
    const char c = text.front();
    if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
    for (const std::string_view space : kWideSpaces) {
        if (text.starts_with(space)) return space.size();
    }
    return 0;
}

}  // namespace

std::vector<std::string_view> go_fields(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = space_length(text.substr(at));
        if (length == 0) {
            ++at;
            continue;
        }
        if (at > begin) words.push_back(text.substr(begin, at - begin));
        at += length;
        begin = at;
    }
    if (text.size() > begin) words.push_back(text.substr(begin));
    return words;
}

Result<std::int64_t> parse_go_int(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("strconv.Atoi: parsing {}: {}", go_quote(text), why));
    };
    const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    if (text.starts_with("+-")) return refuse("invalid syntax");
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (end != digits.data() + digits.size() || error == std::errc::invalid_argument)
        return refuse("invalid syntax");
    if (error != std::errc{}) return refuse("value out of range");
    return value;
}

std::string go_quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (c == '\n') {
            quoted += "\\n";
        } else if (c == '\t') {
            quoted += "\\t";
        } else if (c == '\r') {
            quoted += "\\r";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

}  // namespace dsm::cron

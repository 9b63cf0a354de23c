#include "libs/cron/go_duration.hpp"

#include "libs/cron/go_text.hpp"

namespace dsm::cron {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 8> kUnits{{{"ns", 1},
                                                                     {"us", 1e3},
                                                                     {"\u00b5s", 1e3},
                                                                     {"\u03bcs", 1e3},
                                                                     {"ms", 1e6},
                                                                     {"s", 1e9},
                                                                     {"m", 60e9},
                                                                     {"h", 3600e9}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

Result<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
    const auto invalid = [&] {
        return fail(ErrorCode::kInvalid, fmt::format("time: invalid duration {}", go_quote(text)));
    };
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    if (rest == "0") return std::chrono::nanoseconds(0);
    if (rest.empty()) return invalid();

    double total = 0;
    while (!rest.empty()) {
        double value = 0;
        double scale = 1;
        bool any = false;
        bool fraction = false;
        while (!rest.empty() && (is_digit(rest[0]) || (rest[0] == '.' && !fraction))) {
            if (rest[0] == '.') {
                fraction = true;
            } else {
                any = true;
                value = value * 10 + (rest[0] - '0');
                if (fraction) scale *= 10;
            }
            rest.remove_prefix(1);
        }
        if (!any) return invalid();
        std::size_t length = 0;
        while (length < rest.size() && rest[length] != '.' && !is_digit(rest[length])) ++length;
        if (length == 0) {
            return fail(ErrorCode::kInvalid,
                        fmt::format("time: missing unit in duration {}", go_quote(text)));
        }
        const std::string_view name = rest.substr(0, length);
        const auto unit = std::ranges::find(kUnits, name, [](const auto& u) { return u.first; });
        if (unit == kUnits.end()) {
            return fail(ErrorCode::kInvalid, fmt::format("time: unknown unit {} in duration {}",
                                                         go_quote(name), go_quote(text)));
        }
        rest.remove_prefix(length);
        total += value / scale * unit->second;
        if (total > 9.2e18) return invalid();
    }
    const auto nanos = static_cast<std::int64_t>(total);
    return std::chrono::nanoseconds(negative ? -nanos : nanos);
}

}  // namespace dsm::cron

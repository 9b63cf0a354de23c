// Ages as kubectl prints them.
#include <fmt/format.h>

#include "cluster/objects/table.hpp"

namespace dsm::cluster {
namespace {

/// "2m30s", "5h", … : the smaller unit only when it is not zero.
std::string two_units(std::int64_t big, const char* big_unit, std::int64_t small,
                      const char* small_unit) {
    if (small == 0) return fmt::format("{}{}", big, big_unit);
    return fmt::format("{}{}{}{}", big, big_unit, small, small_unit);
}

}  // namespace

std::string human_duration(std::chrono::microseconds duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    if (seconds < -1) return "<invalid>";
    if (seconds < 0) return "0s";
    if (seconds < 120) return fmt::format("{}s", seconds);
    const auto minutes = seconds / 60;
    if (minutes < 10) return two_units(minutes, "m", seconds % 60, "s");
    if (minutes < 180) return fmt::format("{}m", minutes);
    const auto hours = minutes / 60;
    if (hours < 8) return two_units(hours, "h", minutes % 60, "m");
    if (hours < 48) return fmt::format("{}h", hours);
    const auto days = hours / 24;
    if (hours < 24 * 8) return two_units(days, "d", hours % 24, "h");
    constexpr std::int64_t kYear = 365;
    if (days < 2 * kYear) return fmt::format("{}d", days);
    if (days < 8 * kYear) return two_units(days / kYear, "y", days % kYear, "d");
    return fmt::format("{}y", days / kYear);
}

}  // namespace dsm::cluster

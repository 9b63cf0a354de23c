// Exponential waits with jitter.
#include "libs/rt/backoff.hpp"

#include <cmath>

namespace dsm::rt {

std::chrono::milliseconds Backoff::next() {
    const auto first = static_cast<double>(settings_.first.count());
    const auto limit = static_cast<double>(settings_.limit.count());
    const double whole = std::min(limit, first * std::pow(settings_.factor, attempt_));
    if (whole < limit) ++attempt_;  // stops at the limit, so that the power never overflows
    const auto high = static_cast<std::int64_t>(whole);
    const std::int64_t low = high / 2;
    const auto jitter = random_.below(static_cast<std::uint64_t>(high - low) + 1);
    return std::chrono::milliseconds(low + static_cast<std::int64_t>(jitter));
}

}  // namespace dsm::rt

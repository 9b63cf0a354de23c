// The one way in which a campaign lets time pass: the pace of its clients, and how long something
// stays broken. Whoever waits for an outcome uses `testing::eventually`.
#pragma once

#include <chrono>

#include "libs/rt/blocking_pool.hpp"
#include "libs/rt/clock.hpp"

namespace dsm::chaos {

inline void pass_time(std::chrono::milliseconds duration) {
    rt::pause(duration);
}

/// Returns at once when that is over.
inline void pass_time_until(rt::Steady when, const rt::Clock& clock) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - clock.steady());
    if (left.count() > 0) pass_time(left);
}

}  // namespace dsm::chaos

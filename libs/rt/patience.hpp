// Whether a call that got no answer was given the time for one.
#pragma once

#include <algorithm>
#include <chrono>

#include "libs/rt/clock.hpp"

namespace dsm::rt {

/// The time a call is given. A caller that comes with next to none left, as those do who waited
/// long for their turn, proves nothing by getting no answer in it.
class Patience {
public:
    /// `deadline` is the caller's, `timeout` the policy's. Half of that is fair, and so is a
    /// second.
    Patience(Deadline deadline, std::chrono::milliseconds timeout, const Clock& clock)
        : deadline_(deadline), short_(deadline.left(clock) < std::min(timeout / 2, kFairTime)) {}

    /// True when the time is over and was too short to tell an ill one from a slow one.
    bool too_short(const Clock& clock) const { return short_ && deadline_.passed(clock); }

private:
    static constexpr std::chrono::milliseconds kFairTime{1'000};

    Deadline deadline_;
    bool short_;
};

}  // namespace dsm::rt

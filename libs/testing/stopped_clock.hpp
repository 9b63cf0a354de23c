// A clock whose steady time moves only when told, for rules that count time.
#pragma once

#include "libs/rt/clock.hpp"

namespace dsm::testing {

/// Waits on real timers do not follow it.
class StoppedClock final : public rt::Clock {
public:
    Instant wall() const override {
        return Instant(std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch()));
    }
    rt::Steady steady() const override { return now; }

    rt::Steady now{std::chrono::hours(1)};
};

}  // namespace dsm::testing

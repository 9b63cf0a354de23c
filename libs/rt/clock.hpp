// The time port. Wall time may be pinned or jump; every deadline, lease and backoff uses steady
// time.
#pragma once

#include <chrono>

#include "libs/base/time.hpp"

namespace dsm::rt {

using Steady = std::chrono::steady_clock::time_point;

/// Both times of a process. Safe from any thread.
class Clock {
public:
    virtual ~Clock() = default;

    /// UTC. For timestamps and "today" only.
    virtual Instant wall() const = 0;

    /// Never goes back. For every wait.
    virtual Steady steady() const = 0;

    /// The UTC date of `wall()`.
    Date today() const { return utc_date(wall()); }
};

/// The machine's clock, its wall time moved by a fixed offset (`dsm up --now T`).
class SystemClock final : public Clock {
public:
    explicit SystemClock(std::chrono::microseconds offset = {}) : offset_(offset) {}

    /// A clock whose wall time is `start` now and runs on from there.
    static SystemClock starting_at(Instant start);

    Instant wall() const override;
    Steady steady() const override;
    std::chrono::microseconds offset() const { return offset_; }

private:
    std::chrono::microseconds offset_;
};

/// A point in steady time by which a wait ends. Passed by value down every call that may wait.
struct Deadline {
    Steady at;

    static Deadline after(const Clock& clock, std::chrono::milliseconds budget) {
        return {clock.steady() + budget};
    }
    std::chrono::milliseconds left(const Clock& clock) const;
    bool passed(const Clock& clock) const { return clock.steady() >= at; }
    /// The earlier of the two.
    Deadline sooner(Deadline other) const { return at < other.at ? *this : other; }
};

}  // namespace dsm::rt

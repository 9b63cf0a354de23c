// A clock that stands until a test moves it.
#pragma once

#include <mutex>

#include "libs/rt/clock.hpp"

namespace dsm::testing {

/// Wall time is the test's; steady time is the machine's, so that real waits still end.
class ManualClock final : public rt::Clock {
public:
    explicit ManualClock(Instant start) : now_(start) {}

    Instant wall() const override {
        std::lock_guard lock(mutex_);
        return now_;
    }
    rt::Steady steady() const override { return real_.steady(); }

    void set(Instant now) {
        std::lock_guard lock(mutex_);
        now_ = now;
    }
    void advance(std::chrono::microseconds by) {
        std::lock_guard lock(mutex_);
        now_ += by;
    }

private:
    mutable std::mutex mutex_;
    Instant now_;
    rt::SystemClock real_;
};

}  // namespace dsm::testing

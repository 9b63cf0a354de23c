// The machine's clock, whose steady time a test moves on.
#pragma once

#include "libs/rt/clock.hpp"

namespace dsm::testing {

/// Real waits end as they would; what counts time sees it skipped. One thread.
class SkippingClock final : public rt::Clock {
public:
    Instant wall() const override { return real_.wall(); }
    rt::Steady steady() const override { return real_.steady() + skipped_; }
    void skip(std::chrono::milliseconds time) { skipped_ += time; }

private:
    rt::SystemClock real_;
    std::chrono::milliseconds skipped_{0};
};

}  // namespace dsm::testing

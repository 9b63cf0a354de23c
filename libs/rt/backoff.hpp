// How long to wait before trying again: exponential with full jitter, from a seedable source.
#pragma once

#include <chrono>

#include "libs/rt/random.hpp"

namespace dsm::rt {

struct BackoffSettings {
    std::chrono::milliseconds first{200};
    std::chrono::milliseconds limit{30'000};
    double factor = 2.0;
};

/// One sequence of waits. Not thread-safe.
class Backoff {
public:
    Backoff(BackoffSettings settings, Random& random) : settings_(settings), random_(random) {}

    /// The next wait: between half and the whole of first·factor^n, at most `limit`.
    std::chrono::milliseconds next();
    void reset() { attempt_ = 0; }

private:
    BackoffSettings settings_;
    Random& random_;
    int attempt_ = 0;
};

}  // namespace dsm::rt

// How many repeats all calls to one dependency may make together, so that an ill one is not asked
// more often for being ill.
#pragma once

#include <cstdint>

namespace dsm::rt {

struct RetryBudgetSettings {
    double share = 0.1;   ///< repeats a call earns
    double burst = 10.0;  ///< repeats that can be saved up; there at the start
};

/// After n calls at most `share`·n + `burst` repeats were let through. Not thread-safe.
class RetryBudget {
public:
    explicit RetryBudget(RetryBudgetSettings settings = {})
        : settings_(settings), left_(settings.burst) {}

    /// A call begins: its first attempt, which is always free.
    void begin_call();
    /// True: repeat once. False: give the caller the answer there is.
    bool take();

    std::uint64_t taken() const { return taken_; }
    std::uint64_t refused() const { return refused_; }

private:
    RetryBudgetSettings settings_;
    double left_;
    std::uint64_t taken_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace dsm::rt

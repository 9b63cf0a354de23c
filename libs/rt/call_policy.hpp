// How a dependency is called, whichever it is: declared once in the settings, kept by whoever
// calls.
#pragma once

#include <chrono>

#include "libs/rt/backoff.hpp"
#include "libs/rt/breaker.hpp"
#include "libs/rt/retry_budget.hpp"

namespace dsm::rt {

struct CallPolicy {
    std::chrono::milliseconds timeout{
        5'000};        ///< of one call, its repeats and their waits included
    int attempts = 3;  ///< of a call that may be repeated; 1: never again
    BackoffSettings backoff{.first = std::chrono::milliseconds(100),
                            .limit = std::chrono::milliseconds(2'000)};
    RetryBudgetSettings repeats;  ///< of all calls to one dependency together
    BreakerSettings breaker;      ///< of each dependency
};

}  // namespace dsm::rt

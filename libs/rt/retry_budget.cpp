// The token bucket.
#include "libs/rt/retry_budget.hpp"

#include <algorithm>

namespace dsm::rt {
namespace {

constexpr double kRounding = 1e-9;  // ten tenths make one repeat

}  // namespace

void RetryBudget::begin_call() {
    left_ = std::min(settings_.burst, left_ + settings_.share);
}

bool RetryBudget::take() {
    if (left_ + kRounding < 1.0) {
        ++refused_;
        return false;
    }
    ++taken_;
    left_ = std::max(0.0, left_ - 1.0);
    return true;
}

}  // namespace dsm::rt

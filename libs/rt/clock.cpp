// The machine's clocks.
#include "libs/rt/clock.hpp"

namespace dsm::rt {
namespace {

Instant machine_wall() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

SystemClock SystemClock::starting_at(Instant start) {
    return SystemClock(start - machine_wall());
}

Instant SystemClock::wall() const {
    return machine_wall() + offset_;
}

Steady SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

std::chrono::milliseconds Deadline::left(const Clock& clock) const {
    const auto rest = std::chrono::floor<std::chrono::milliseconds>(at - clock.steady());
    return std::max(rest, std::chrono::milliseconds(0));
}

}  // namespace dsm::rt

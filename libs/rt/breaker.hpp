// The circuit breaker of one dependency, as a state machine without I/O: who asks gets a permit or
// the time to wait, and what became of the call is said on the permit.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include "libs/rt/clock.hpp"

namespace dsm::rt {

inline constexpr std::chrono::seconds kLongestPostponement{10};

struct BreakerSettings {
    int failures_to_open = 10;  ///< one after another
    std::chrono::seconds open_for{5};
};

enum class BreakerState { kClosed, kHalfOpen, kOpen };

/// Closed: every call is let through. Open: none for `open_for`. Half open: exactly one, the probe,
/// and no other until something is said on its permit or the permit is gone, however long that
/// takes. While it is open only the probe's word counts: a call that began before says nothing of
/// now. Not thread-safe.
class Breaker {
    struct State;

public:
    /// The right to make one call. Destroyed without a word (the caller was cut off) it proves
    /// nothing: a probe's place goes to the next caller. Only the first word counts. May outlive
    /// its breaker; the clock outlives both.
    class Permit {
    public:
        Permit(Permit&&) noexcept = default;
        Permit& operator=(Permit&& other) noexcept;
        ~Permit();

        void succeeded();
        void failed();
        /// The dependency turned the call away for a time: no illness. It stays half open, and a
        /// probe's place is free again after `wait`, or after the longer of `open_for` and
        /// `kLongestPostponement` if that is sooner: who answers is left alone for no longer.
        void postponed(std::chrono::seconds wait);
        bool is_probe() const;

    private:
        friend class Breaker;
        Permit(std::shared_ptr<State> state, std::uint64_t era, bool probe);
        /// True for the first word, if it still counts.
        bool speaks();

        std::shared_ptr<State> state_;  ///< null once it has spoken
        std::uint64_t era_;
        bool probe_;
    };

    Breaker(BreakerSettings settings, const Clock& clock);

    /// A permit, or how long to wait: at least a second.
    std::expected<Permit, std::chrono::seconds> admit();
    /// What `admit` would say now: how long to wait, or nothing when it gave a permit.
    std::optional<std::chrono::seconds> wait() const;
    BreakerState state() const;
    /// Something proves more than the time that has passed: the next call is the probe, whenever
    /// the breaker opened. It stays open for the others.
    void let_one_through();

private:
    std::shared_ptr<State> state_;
};

}  // namespace dsm::rt

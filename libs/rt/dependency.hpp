// What was last seen of one dependency, and its circuit breaker. No I/O: the callers report.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libs/rt/breaker.hpp"
#include "libs/rt/retry_budget.hpp"

namespace dsm::rt {

enum class Standing { kOk, kError, kCircuitOpen };

std::string_view name_of(Standing standing);  ///< "ok", "error", "circuit_open"

/// What the policy made of the calls to one dependency.
struct CallTally {
    BreakerState state = BreakerState::kClosed;
    std::uint64_t repeats = 0;          ///< sent again
    std::uint64_t repeats_refused = 0;  ///< not sent again: the budget was spent
    std::uint64_t shed = 0;             ///< not sent at all: the breaker was not closed
};

/// Only what says that the dependency itself is ill counts: a 4xx is told as `well`, and one that
/// turns calls away for a time it names as `busy`. Not thread-safe. A ticket may outlive it.
class Dependency {
    struct Seen;

public:
    /// The right to make one call; destroyed without a word it proves nothing (see Breaker).
    class Ticket {
    public:
        void well();
        void ill(std::string why);
        void busy(std::string why, std::chrono::seconds wait);

    private:
        friend class Dependency;
        Ticket(Breaker::Permit permit, std::shared_ptr<Seen> seen)
            : permit_(std::move(permit)), seen_(std::move(seen)) {}

        Breaker::Permit permit_;
        std::shared_ptr<Seen> seen_;
    };

    Dependency(std::string title, const Clock& clock, BreakerSettings breaker = {},
               RetryBudgetSettings repeats = {});

    /// "Project Service", as in error texts.
    const std::string& title() const { return title_; }

    /// A ticket for one call, or the time to wait: at least a second.
    std::expected<Ticket, std::chrono::seconds> admit();

    /// What `admit` would say now: how long to wait, or nothing when it gave a ticket.
    std::optional<std::chrono::seconds> wait() const { return breaker_.wait(); }

    /// What a probe of ours saw, or a delivery that waits for no breaker: said in the standing,
    /// nothing else. A `/health` that answers proves nothing of the calls that failed.
    void probed_well();
    void probed_ill(std::string why);
    /// An answer that proves more than a `/health` does: the next call is the probe.
    void let_one_through() { breaker_.let_one_through(); }

    /// Of all calls together, whoever makes them.
    RetryBudget& repeats() { return repeats_; }
    CallTally tally() const;

    /// kCircuitOpen only while calls are refused; else what was last seen.
    Standing standing() const;
    const std::string& last_error() const;  ///< "" while well; "not seen yet" at first
    /// Since anything was seen; a very long time if nothing ever was.
    std::chrono::milliseconds age() const;

private:
    std::string title_;
    const Clock& clock_;
    Breaker breaker_;
    RetryBudget repeats_;
    std::uint64_t shed_ = 0;
    std::shared_ptr<Seen> seen_;
};

}  // namespace dsm::rt

// What was last seen of one dependency, and its circuit breaker. No I/O: the callers report.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "libs/rt/clock.hpp"

namespace dsm::orchestrator {

struct BreakerSettings {
    int failures_to_open = 10;  ///< one after another
    std::chrono::seconds open_for{5};
};

enum class Standing { kOk, kError, kCircuitOpen };

std::string_view name_of(Standing standing);  ///< "ok", "error", "circuit_open"

/// Closed: every call is let through. Open: none for `open_for`, then one probe at a time; a probe
/// that nobody reports on is forgotten after `open_for`. Only what says that the dependency itself
/// is ill counts: the caller reports a 4xx as `seen_well`. Lives on the service's thread.
class Dependency {
public:
    Dependency(std::string title, const rt::Clock& clock, BreakerSettings settings = {});

    /// "Project Service", as in error texts.
    const std::string& title() const { return title_; }

    /// nullopt: call it. Otherwise the time to wait, at least a second.
    std::optional<std::chrono::seconds> refusal();

    void seen_well();
    void seen_ill(std::string why);
    /// What a probe of ours saw, or a delivery that waits for no breaker: said in the standing,
    /// nothing else. A `/health` that answers proves nothing of the calls that failed.
    void probed_well();
    void probed_ill(std::string why);
    /// An answer that proves more than a `/health` does: the next call is the probe, whenever the
    /// breaker opened. It stays open for the others until that call succeeds.
    void let_one_through();

    /// kCircuitOpen only while calls are refused; else what was last seen.
    Standing standing() const;
    const std::string& last_error() const { return last_error_; }  ///< "" while well
    /// Since anything was seen; a very long time if nothing ever was.
    std::chrono::milliseconds age() const;

private:
    std::string title_;
    const rt::Clock& clock_;
    BreakerSettings settings_;
    int failures_ = 0;
    std::optional<rt::Steady> open_until_;  ///< set until a call succeeds
    std::optional<rt::Steady> seen_at_;
    std::string last_error_ = "not seen yet";
};

/// All of them, as `/health/ready` lists them.
struct Dependencies {
    Dependencies(const rt::Clock& clock, BreakerSettings breaker);

    Dependency project;
    Dependency backlog;
    Dependency sprint;
    Dependency chronicle;
    Dependency cluster;
    Dependency stream;
};

}  // namespace dsm::orchestrator

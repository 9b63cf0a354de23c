// What is known of a store from what happened to it lately. Internal to libs/sql.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "libs/rt/clock.hpp"
#include "libs/sql/connector.hpp"

namespace dsm::sql {

/// Pure: no clock, no lock. A store that could not be written is ill until something was written; a
/// damaged one is ill until the process opens it anew.
class Condition {
public:
    /// A store that may be quiet for this long before a write is tried to see that it works.
    static constexpr std::chrono::seconds kQuiet{30};
    /// A lock that the trials of this long met without a commit in between is somebody else's.
    static constexpr std::chrono::seconds kHeldFor{5};

    explicit Condition(rt::Steady opened) : written_(opened) {}

    /// A transaction that wrote was committed.
    void wrote(rt::Steady now);
    /// A transaction failed. Those that tell nothing of the store (a conflict) change nothing.
    void failed(const Failure& failure);
    /// A trial failed; a lock that it met may be that of our own writer.
    void trial_failed(const Failure& failure, rt::Steady now);

    bool is_well() const { return why_.empty(); }
    /// A sentence for clients; empty when it is well.
    const std::string& why() const { return why_; }
    /// True if it takes a write to know: at once while it is ill, else after `kQuiet`.
    bool write_is_due(rt::Steady now) const;

private:
    rt::Steady written_;
    std::optional<rt::Steady> locked_since_;
    Harm harm_ = Harm::kNone;
    std::string why_;
};

}  // namespace dsm::sql

// Which messages of one destination were refused, and what that says: of the message, or of the
// destination. Pure; internal to libs/outbox.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libs/outbox/outbox.hpp"
#include "libs/rt/clock.hpp"

namespace dsm::outbox {

/// A refused message, as the table has it.
struct Refused {
    std::int64_t row = 0;
    std::string order_key;
    int refusals = 0;
    bool held = true;  ///< later messages of its key wait for it
};

/// A refusal alone proves nothing: a receiver that is ill, or a proxy before it, may refuse
/// everything for a while. So a refused message is suspected first. While it is, later ones of its
/// key are held, so that they keep their order, for `Suspicion::lasts` at most; it is parked once
/// the receiver has taken others between its refusals. While everything is refused, nothing is.
///
/// A suspect that is tried again goes before later ones of its key, always.
class Suspects {
public:
    explicit Suspects(Suspicion suspicion) : suspicion_(suspicion) {}

    /// kHold: it is a suspect, and later ones of its key wait. kRelease: it still is, but they wait
    /// no longer. kPark: the fault is its own; it is a suspect no more.
    enum class Verdict { kHold, kRelease, kPark };

    /// What the table has; those it has no more are forgotten. In order of row.
    void know(const std::vector<Refused>& refused, rt::Steady now);

    /// The suspects to try now, in order of row: whose wait is over, and those whose key is among
    /// `next_keys`, the keys of messages that are about to be tried. Of a key never one without
    /// those before it.
    std::vector<std::int64_t> due(const std::set<std::string>& next_keys, rt::Steady now) const;

    Verdict refused(std::int64_t row, const std::string& order_key, rt::Steady now);
    void taken(std::int64_t row, rt::Steady now);

    bool holds(const std::string& order_key) const;
    /// So many different messages were refused since one was taken that the receiver is ill.
    bool is_ill() const;
    /// How many messages that were never refused may be tried at once, of `wanted`.
    std::size_t fresh_allowed(std::size_t wanted) const;
    std::size_t size() const { return suspects_.size(); }

private:
    struct Suspect {
        std::string order_key;
        int refusals = 0;
        int contradicted = 0;  ///< refusals with another message taken since the one before
        bool held = true;
        rt::Steady since{};
        rt::Steady next_try{};
        std::uint64_t taken_before = 0;  ///< `taken_` at the last refusal
    };

    const Suspicion suspicion_;
    std::map<std::int64_t, Suspect> suspects_;
    std::uint64_t taken_ = 0;
};

}  // namespace dsm::outbox

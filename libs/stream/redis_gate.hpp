// Whether Redis may be asked now: the policy of calls, for those who share one server's streams.
// Internal to libs/stream.
#pragma once

#include <chrono>
#include <expected>
#include <mutex>
#include <optional>
#include <string>

#include "libs/rt/call_policy.hpp"
#include "libs/rt/dependency.hpp"

namespace dsm::stream {

/// `rt::Dependency` for many threads. Outlives its passes.
class RedisGate {
public:
    /// The right to make one call. Only its first word counts; without one it proves nothing.
    class Pass {
    public:
        Pass(Pass&&) noexcept = default;
        Pass& operator=(Pass&&) = delete;
        ~Pass();

        /// `said` is the text of an error reply, "" of any other.
        void answered(const std::string& said);
        void unanswered(std::string why);
        /// Whether the call may be sent once more.
        bool may_repeat();

    private:
        friend class RedisGate;
        Pass(RedisGate& gate, rt::Dependency::Ticket ticket)
            : gate_(gate), ticket_(std::move(ticket)) {}

        RedisGate& gate_;
        std::optional<rt::Dependency::Ticket> ticket_;
        int made_ = 1;
    };

    RedisGate(const rt::CallPolicy& policy, const rt::Clock& clock)
        : attempts_(policy.attempts), redis_("Redis", clock, policy.breaker, policy.repeats) {}

    /// A pass, or a sentence on why there is none.
    std::expected<Pass, std::string> admit();
    /// How long `admit` will give no pass; zero while it does.
    std::chrono::seconds closed_for() const;
    rt::CallTally tally() const;

private:
    mutable std::mutex mutex_;
    const int attempts_;
    rt::Dependency redis_;
};

}  // namespace dsm::stream

// At start and from then on: finds what a kill left behind, in every project, and has it settled.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "libs/rt/clock.hpp"
#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

struct RecoverySettings {
    std::chrono::milliseconds look_every{2'000};    ///< at open intents
    std::chrono::milliseconds scan_every{600'000};  ///< through the cluster's CronJobs
    /// What could not be settled or scanned is tried again after the first, then after twice as
    /// long each time, at most the last.
    std::chrono::milliseconds retry_first{1'000};
    std::chrono::milliseconds retry_last{60'000};
    std::chrono::milliseconds call_timeout{25'000};  ///< of one page of the scan
    /// For a project's turn and its settlement: one that somebody is at work on is left to them,
    /// and one that takes longer goes on by itself. Neither holds up another.
    std::chrono::milliseconds turn_within{1'000};
};

/// Finds; `settle` acts, in the project's turn. Lives on the service's thread.
class Recovery {
public:
    using Settle = std::function<boost::asio::awaitable<Outcome<void>>(ProjectId, Call)>;

    Recovery(DecisionStore& decisions, IntentStore& intents, CronJobs& cronjobs, Settle settle,
             RecoverySettings settings, const rt::Clock& clock);

    /// Until cancelled.
    boost::asio::awaitable<void> run();

private:
    /// When something that failed is tried again.
    struct Retry {
        std::chrono::milliseconds pause{};
        rt::Steady at{};
    };

    boost::asio::awaitable<void> look();
    boost::asio::awaitable<void> settle_open(std::vector<ProjectId> projects);
    boost::asio::awaitable<bool> scan();
    boost::asio::awaitable<bool> settle_all(std::set<ProjectId> projects);
    boost::asio::awaitable<Result<std::set<ProjectId>>> without_record(
        std::vector<boost::json::object> cronjobs);
    void put_off(Retry& retry) const;
    std::chrono::milliseconds until_next_look() const;
    Call call(std::chrono::milliseconds limit) const;

    DecisionStore& decisions_;
    IntentStore& intents_;
    CronJobs& cronjobs_;
    Settle settle_;
    RecoverySettings settings_;
    const rt::Clock& clock_;
    std::map<ProjectId, Retry> retries_;  ///< of open intents that could not be settled
    Retry scan_;
};

}  // namespace dsm::orchestrator

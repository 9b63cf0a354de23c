// At start and from then on: finds what a kill left behind, in every project, and has it settled.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <set>

#include "libs/rt/clock.hpp"
#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

struct RecoverySettings {
    std::chrono::milliseconds look_every{5'000};    ///< at open intents
    std::chrono::milliseconds retry_every{1'000};   ///< while something could not be settled
    std::chrono::milliseconds scan_every{600'000};  ///< through the cluster's CronJobs
    std::chrono::milliseconds settle_within{25'000};
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
    boost::asio::awaitable<bool> look();
    boost::asio::awaitable<bool> scan();
    boost::asio::awaitable<bool> settle_all(std::set<ProjectId> projects);
    boost::asio::awaitable<Result<std::set<ProjectId>>> without_record(
        std::vector<boost::json::object> cronjobs);
    Call call() const;

    DecisionStore& decisions_;
    IntentStore& intents_;
    CronJobs& cronjobs_;
    Settle settle_;
    RecoverySettings settings_;
    const rt::Clock& clock_;
};

}  // namespace dsm::orchestrator

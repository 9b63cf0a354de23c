// Finishes or closes what an earlier try left open, and makes the records that were lost.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <unordered_set>
#include <variant>

#include "libs/rt/clock.hpp"
#include "services/orchestrator/app/analyzer.hpp"
#include "services/orchestrator/app/performer.hpp"
#include "services/orchestrator/app/recorder.hpp"
#include "services/orchestrator/core/settlement.hpp"

namespace dsm::orchestrator {

/// An undertaking came to its end: recorded with this answer, or closed because nothing of it
/// happened.
struct Finished {
    Recorded recorded;
};
struct Closed {};
using Settled = std::variant<Finished, Closed>;

/// Only in the project's turn: it acts, and a living orchestrator's open intent is its own affair.
/// Lives on the service's thread; the parts outlive it.
class Settler {
public:
    Settler(ProjectAnalyzer& analyzer, SprintDirectory& sprints, CronJobs& cronjobs,
            Performer& performer, Recorder& recorder, DecisionStore& decisions,
            IntentStore& intents, const rt::Clock& clock);

    /// Looks first, then does what is left. A Failure: it cannot be settled yet.
    boost::asio::awaitable<Outcome<Settled>> settle(Undertaking undertaking, Call call);

    /// Every open intent of the project, oldest first. A Failure is a 503 with Retry-After that
    /// names the first one that cannot be settled yet.
    boost::asio::awaitable<Outcome<void>> settle_project(ProjectId project, Call call);

    /// Makes the records of all the project's CronJobs that carry a decision without one.
    boost::asio::awaitable<Outcome<void>> record_lost(ProjectId project, Call call);

    /// The same when the CronJob that was just looked at is one of them.
    boost::asio::awaitable<Outcome<void>> record_lost(Snapshot snapshot, Call call);

    /// What a client hears when the project's intents could not be read. One that this version
    /// cannot read is logged, once.
    Failure unreadable(const ProjectId& project, const Error& why);

private:
    boost::asio::awaitable<Outcome<Settled>> adopt(Undertaking undertaking, Adopt adopted,
                                                   Call call);
    boost::asio::awaitable<Outcome<Settled>> repeat(Undertaking undertaking, Call call);
    boost::asio::awaitable<Outcome<Settled>> finish(Undertaking undertaking, Performed begun,
                                                    std::string how, Call call);
    boost::asio::awaitable<Outcome<Settled>> close(Undertaking undertaking, std::string why);
    void remember(const DecisionId& recorded);

    ProjectAnalyzer& analyzer_;
    SprintDirectory& sprints_;
    CronJobs& cronjobs_;
    Performer& performer_;
    Recorder& recorder_;
    DecisionStore& decisions_;
    IntentStore& intents_;
    const rt::Clock& clock_;
    std::unordered_set<DecisionId> recorded_;     ///< known to be: spares a look at the database
    std::unordered_set<std::string> unreadable_;  ///< said so in the log
};

}  // namespace dsm::orchestrator

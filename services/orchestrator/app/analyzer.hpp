// The Project Analyzer: gathers everything that a decision about one project rests on.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "libs/rt/clock.hpp"
#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/cronjob_keeper.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

/// Lives on the service's thread; the ports outlive it.
class ProjectAnalyzer {
public:
    ProjectAnalyzer(ProjectDirectory& projects, Backlog& backlog, SprintDirectory& sprints,
                    CronJobKeeper& cronjobs, DecisionStore& store, const rt::Clock& clock);

    /// Two round trips: everything independent at the same time, then the active sprint's CronJob.
    /// A service that cannot say is a Failure (contract section 2.5), the first in the order
    /// project, backlog, sprints, own database; a cluster that cannot say is an Unknown in the
    /// Snapshot.
    boost::asio::awaitable<Outcome<Snapshot>> analyze(ProjectId project, Options options,
                                                      Call call);

private:
    ProjectDirectory& projects_;
    Backlog& backlog_;
    SprintDirectory& sprints_;
    CronJobKeeper& cronjobs_;
    DecisionStore& store_;
    const rt::Clock& clock_;
};

}  // namespace dsm::orchestrator

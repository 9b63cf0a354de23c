// How a project stands right now (contract section 2.6). Reads only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

class ProjectStatus {
public:
    ProjectStatus(ProjectDirectory& projects, Backlog& backlog, SprintDirectory& sprints,
                  CronJobs& cronjobs, DecisionStore& store, const rt::Clock& clock);

    /// The body of the 200. A cluster that cannot say makes `cronjobs_state` "unknown", no Failure.
    boost::asio::awaitable<Outcome<boost::json::object>> report(ProjectId project, Call call);

private:
    ProjectDirectory& projects_;
    Backlog& backlog_;
    SprintDirectory& sprints_;
    CronJobs& cronjobs_;
    DecisionStore& store_;
    const rt::Clock& clock_;
};

}  // namespace dsm::orchestrator

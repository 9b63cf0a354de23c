// Starts a sprint: reads the team and the backlog, plans, and stores the sprint with its tasks.
#pragma once

#include "services/sprint/app/neighbours.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

struct SprintRequest {
    std::string project_id;
    std::string sprint_name;
    int duration_weeks = 2;
    std::size_t max_tasks = 10;
    Assignment assignment = Assignment::kToPeople;
};

struct StartedSprint {
    SprintWithTasks started;
    std::vector<std::string> warnings;
};

class SprintPlanner {
public:
    /// All outlive this.
    SprintPlanner(SprintStore& store, SprintDirectory& directory, Projects& projects,
                  Backlog& backlog, const rt::Clock& clock)
        : store_(store),
          directory_(directory),
          projects_(projects),
          backlog_(backlog),
          clock_(clock) {}

    /// Of many at once for one project exactly one succeeds. Failures, in this order: kNotFound
    /// (project), kConflict (a sprint is in progress; nothing to plan), and those of the services.
    boost::asio::awaitable<Outcome<StartedSprint>> start(SprintRequest request, Call call);

private:
    SprintStore& store_;
    SprintDirectory& directory_;
    Projects& projects_;
    Backlog& backlog_;
    const rt::Clock& clock_;
};

}  // namespace dsm::sprint

// What can be done with sprints and their tasks (contract section 5).
#pragma once

#include <functional>

#include "libs/http/router.hpp"
#include "services/sprint/app/daily_scrum.hpp"
#include "services/sprint/app/deliveries.hpp"
#include "services/sprint/app/sprint_planner.hpp"

namespace dsm::sprint {

struct SprintUseCases {
    SprintPlanner& planner;
    DailyScrum& scrum;
    SprintStore& store;
    SprintDirectory& directory;
    Deliveries& deliveries;
    const rt::Clock& clock;
    bool simulated_progress = false;
    std::function<void()> wake_relay;  ///< messages were committed
};

class SprintRoutes {
public:
    /// What `use` refers to outlives this, and this outlives the router.
    explicit SprintRoutes(SprintUseCases use) : use_(std::move(use)) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> start(http::Request request, std::string project_id);
    boost::asio::awaitable<http::Response> close(http::Request request);
    boost::asio::awaitable<http::Response> run_daily_scrum(http::Request request);
    boost::asio::awaitable<http::Response> update_task(http::Request request);

    SprintUseCases use_;
};

}  // namespace dsm::sprint

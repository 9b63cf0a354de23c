// The endpoints of one project: orchestrate, status, delete a CronJob.
#pragma once

#include "libs/http/router.hpp"
#include "services/orchestrator/app/flights.hpp"
#include "services/orchestrator/app/idempotency.hpp"
#include "services/orchestrator/app/status.hpp"

namespace dsm::orchestrator {

/// The parts outlive the routes.
class OrchestrateRoutes {
public:
    OrchestrateRoutes(Flights& flights, IdempotentRequests& requests, ProjectStatus& status,
                      CronJobs& cronjobs);

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> orchestrate(http::Request request);
    boost::asio::awaitable<http::Response> status(http::Request request);
    boost::asio::awaitable<http::Response> remove(http::Request request);

    Flights& flights_;
    IdempotentRequests& requests_;
    ProjectStatus& status_;
    CronJobs& cronjobs_;
};

}  // namespace dsm::orchestrator

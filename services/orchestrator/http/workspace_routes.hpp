// Endpoints for the client commands: import CronJobs, read the decisions.
#pragma once

#include "libs/http/router.hpp"
#include "services/orchestrator/app/cronjob_import.hpp"

namespace dsm::orchestrator {

class WorkspaceRoutes {
public:
    WorkspaceRoutes(CronJobImport& cronjobs, DecisionStore& store)
        : cronjobs_(cronjobs), store_(store) {}

    /// `POST /workspace/cronjobs {"names":[…]}` → 200 `{"created":[…],"existing":[…]}`.
    /// `GET /decisions?project_id&limit` → 200, newest first; without a limit the last 100.
    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> import_cronjobs(http::Request request);
    boost::asio::awaitable<http::Response> decisions(http::Request request);

    CronJobImport& cronjobs_;
    DecisionStore& store_;
};

}  // namespace dsm::orchestrator

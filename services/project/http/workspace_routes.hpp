// `/workspace`: everything that project-service keeps, in and out, for import and export.
#pragma once

#include "libs/http/router.hpp"
#include "services/project/app/workspace_store.hpp"

namespace dsm::project {

class WorkspaceRoutes {
public:
    /// `store` outlives this, and this outlives the router.
    explicit WorkspaceRoutes(WorkspaceStore& store) : store_(store) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> import(http::Request request);
    boost::asio::awaitable<http::Response> export_all(http::Request request);

    WorkspaceStore& store_;
};

}  // namespace dsm::project

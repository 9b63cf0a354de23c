// Takes in this service's part of a workspace file (contract section 12).
#pragma once

#include "libs/http/errors.hpp"
#include "libs/http/router.hpp"
#include "services/sprint/app/workspace_store.hpp"

namespace dsm::sprint {

struct ReadWorkspace {
    Workspace workspace;
    std::vector<http::FieldError> errors;  ///< every one, with its place
};

/// `body` is an object. Lists that are absent are empty; tasks without a sprint are left out. A row
/// twice in one list, and two sprints in progress of one project, are errors. Pure.
ReadWorkspace read_workspace(const boost::json::value& body);

class WorkspaceRoutes {
public:
    /// `store` outlives this, and this outlives the router.
    explicit WorkspaceRoutes(WorkspaceStore& store) : store_(store) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> import(http::Request request);

    WorkspaceStore& store_;
};

}  // namespace dsm::sprint

// `/backlogs`: generate, list and summarise (contract section 4).
#pragma once

#include "libs/http/router.hpp"
#include "services/backlog/app/project_directory.hpp"
#include "services/backlog/app/task_store.hpp"

namespace dsm::backlog {

class BacklogRoutes {
public:
    /// All outlive this, and this outlives the router.
    BacklogRoutes(TaskStore& store, ProjectDirectory& projects)
        : store_(store), projects_(projects) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> generate(http::Request request);
    boost::asio::awaitable<http::Response> list(http::Request request, std::string project_id);
    boost::asio::awaitable<http::Response> summary(http::Request request);
    boost::asio::awaitable<http::Response> summaries(http::Request request);

    /// The answer to give instead, when the project does not exist or nobody can tell.
    boost::asio::awaitable<std::optional<http::Response>> check_project(http::Request request);

    TaskStore& store_;
    ProjectDirectory& projects_;
};

}  // namespace dsm::backlog

// What can be asked about sprints (contract section 5).
#pragma once

#include "libs/http/router.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

class DirectoryRoutes {
public:
    /// `directory` outlives this, and this outlives the router.
    explicit DirectoryRoutes(SprintDirectory& directory) : directory_(directory) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> active(http::Request request);
    boost::asio::awaitable<http::Response> active_of(http::Request request);
    boost::asio::awaitable<http::Response> by_project(http::Request request);
    boost::asio::awaitable<http::Response> list_projects(http::Request request);
    boost::asio::awaitable<http::Response> one(http::Request request);
    boost::asio::awaitable<http::Response> tasks(http::Request request);
    boost::asio::awaitable<http::Response> task_summary(http::Request request);
    boost::asio::awaitable<std::expected<SprintWithTasks, http::Response>> find(std::string id);

    SprintDirectory& directory_;
};

}  // namespace dsm::sprint

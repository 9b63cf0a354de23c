// `/tasks` and `/workspace`: change one task; all tasks in and out for import and export.
#pragma once

#include "libs/http/router.hpp"
#include "services/backlog/app/task_store.hpp"

namespace dsm::backlog {

class TaskRoutes {
public:
    /// Both outlive this, and this outlives the router.
    TaskRoutes(TaskStore& store, const rt::Clock& clock) : store_(store), clock_(clock) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> change(http::Request request);
    boost::asio::awaitable<http::Response> import(http::Request request);
    boost::asio::awaitable<http::Response> export_all(http::Request request);

    TaskStore& store_;
    const rt::Clock& clock_;
};

}  // namespace dsm::backlog

// `/projects`: create, list, read, set the status (contract section 3).
#pragma once

#include "libs/http/router.hpp"
#include "services/project/app/project_store.hpp"

namespace dsm::project {

class ProjectRoutes {
public:
    /// Both outlive this, and this outlives the router.
    ProjectRoutes(ProjectStore& store, const rt::Clock& clock) : store_(store), clock_(clock) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> create(http::Request request);
    boost::asio::awaitable<http::Response> list(http::Request request);
    boost::asio::awaitable<http::Response> read(http::Request request);
    boost::asio::awaitable<http::Response> set_status(http::Request request);

    ProjectStore& store_;
    const rt::Clock& clock_;
};

}  // namespace dsm::project

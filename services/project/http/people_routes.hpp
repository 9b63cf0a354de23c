// `/employees`, `/teams` and who is in a project's team (contract section 3).
#pragma once

#include "libs/http/router.hpp"
#include "services/project/app/people_store.hpp"

namespace dsm::project {

class PeopleRoutes {
public:
    /// `store` outlives this, and this outlives the router.
    explicit PeopleRoutes(PeopleStore& store) : store_(store) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> create(http::Request request);
    boost::asio::awaitable<http::Response> read(http::Request request);
    boost::asio::awaitable<http::Response> list_active(http::Request request);
    boost::asio::awaitable<http::Response> team(http::Request request);
    boost::asio::awaitable<http::Response> assign(http::Request request);

    PeopleStore& store_;
};

}  // namespace dsm::project

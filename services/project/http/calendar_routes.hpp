// Holidays, time off, and whether a team is available in a window (contract section 3).
#pragma once

#include "libs/http/router.hpp"
#include "libs/rt/random.hpp"
#include "services/project/app/calendar_store.hpp"

namespace dsm::project {

class CalendarRoutes {
public:
    /// Both outlive this, and this outlives the router.
    CalendarRoutes(CalendarStore& store, rt::Random& random) : store_(store), random_(random) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> holidays(http::Request request);
    boost::asio::awaitable<http::Response> add_holiday(http::Request request);
    boost::asio::awaitable<http::Response> remove_holidays(http::Request request);
    boost::asio::awaitable<http::Response> time_off(http::Request request);
    boost::asio::awaitable<http::Response> add_time_off(http::Request request);
    boost::asio::awaitable<http::Response> remove_time_off(http::Request request);
    boost::asio::awaitable<http::Response> check(http::Request request);

    CalendarStore& store_;
    rt::Random& random_;
};

}  // namespace dsm::project

// `/v1/notes/daily_scrum_report`: write one, read them merged (contract section 6).
#pragma once

#include "libs/http/router.hpp"
#include "libs/rt/random.hpp"
#include "services/chronicle/app/note_store.hpp"

namespace dsm::chronicle {

class DailyReportRoutes {
public:
    /// All outlive this, and this outlives the router.
    DailyReportRoutes(NoteStore& store, const rt::Clock& clock, rt::Random& random)
        : store_(store), clock_(clock), random_(random) {}

    void add_to(http::Router& router);

private:
    boost::asio::awaitable<http::Response> create(http::Request request);
    boost::asio::awaitable<http::Response> read(http::Request request);

    NoteStore& store_;
    const rt::Clock& clock_;
    rt::Random& random_;
};

}  // namespace dsm::chronicle

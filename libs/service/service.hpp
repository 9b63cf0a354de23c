// What every service is to the process that runs it: routes, a start, a stop; and what it is
// handed.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "libs/base/result.hpp"
#include "libs/http/router.hpp"
#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"
#include "libs/stream/event_stream.hpp"
#include "libs/telemetry/metrics.hpp"

namespace dsm::service {

/// What a process hands to a service. Everything here outlives the service.
struct Environment {
    boost::asio::any_io_executor executor;  ///< of the service's one thread
    const rt::Clock& clock;
    rt::Random& random;
    telemetry::Metrics& metrics;
    stream::EventStream& events;
};

/// Lives on one thread, on which every function is called. The host adds `/health` and `/metrics`.
class Service {
public:
    virtual ~Service() = default;

    /// "project-service": the name in logs, health bodies and metrics.
    virtual std::string name() const = 0;

    /// Adds the service's routes, `/health/ready` among them. Called once, before `start`.
    virtual void add_routes(http::Router& router) = 0;

    /// Sets the gauges that say how things stand now, and counts what counted itself; called before
    /// each scrape. Waits for nothing.
    virtual void measure() {}

    /// Opens and migrates the store and starts consumers. An error says what to do about it.
    virtual boost::asio::awaitable<Result<void>> start() = 0;

    /// Called once no new request is taken, while those in progress are waited for. Within `limit`
    /// what they began is finished; what cannot be is parked, so that they are answered in time.
    virtual boost::asio::awaitable<void> finish(std::chrono::milliseconds) { co_return; }

    /// Ends within `limit` what goes on by itself. No request is in progress any more.
    virtual boost::asio::awaitable<void> stop(std::chrono::milliseconds limit) = 0;
};

}  // namespace dsm::service

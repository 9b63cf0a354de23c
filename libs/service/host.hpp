// Runs one Service: a thread, an io_context, an HTTP server, `/health` and `/metrics`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "libs/base/result.hpp"
#include "libs/http/server.hpp"
#include "libs/service/service.hpp"

namespace dsm::service {

using ServiceFactory = std::function<std::unique_ptr<Service>(Environment)>;

/// Used from one controlling thread; the service itself runs on the host's own.
class ServiceHost {
public:
    /// `clock`, `random` and `events` outlive the host and are safe from any thread.
    ServiceHost(http::ServerSettings settings, ServiceFactory factory, const rt::Clock& clock,
                rt::Random& random, stream::EventStream& events);
    ~ServiceHost();  ///< stops with 5 s if `stop` was not called

    /// Blocks until the service answers (the port), or could not start (why).
    Result<std::uint16_t> start();

    /// Stops intake, has what was accepted finished or parked and answered, then stops the service;
    /// blocks at most a little longer than `limit`. Idempotent.
    void stop(std::chrono::milliseconds limit);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dsm::service

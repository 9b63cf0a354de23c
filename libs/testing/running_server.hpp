// A server on a free port and its own thread, for tests that speak to it over the wire.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>
#include <thread>

#include "libs/http/server.hpp"
#include "libs/testing/wire.hpp"

namespace dsm::testing {

/// Stopped at the end of the test.
class RunningServer {
public:
    RunningServer(http::ServerSettings settings, http::Handler handler)
        : random_(rt::make_seeded_random(1)),
          server_(loop_.get_executor(), std::move(settings), std::move(handler), clock_, *random_,
                  metrics_),
          work_(loop_.get_executor()) {
        const auto started = server_.start();
        if (!started) throw std::runtime_error(started.error().message);
        port_ = *started;
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~RunningServer() {
        if (thread_.joinable()) stop(std::chrono::seconds(5));
    }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    std::uint16_t port() const { return port_; }
    WireClient wire() const { return WireClient(port_); }
    std::string url(std::string_view target) const {
        return fmt::format("http://127.0.0.1:{}{}", port_, target);
    }
    const telemetry::Metrics& metrics() const { return metrics_; }

    void stop(std::chrono::milliseconds limit) {
        auto stopped = boost::asio::co_spawn(loop_, server_.stop(limit), boost::asio::use_future);
        stopped.get();
        work_.reset();
        thread_.join();
    }

private:
    rt::SystemClock clock_;
    std::unique_ptr<rt::Random> random_;
    telemetry::Metrics metrics_;
    boost::asio::io_context loop_{1};
    http::Server server_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

/// Answers with what it was asked: `{"method","segments","body"}`.
inline boost::asio::awaitable<http::Response> echo(http::Request request) {
    boost::json::array segments(request.segments.begin(), request.segments.end());
    co_return http::Response::json(200, boost::json::object{{"method", request.method},
                                                            {"segments", std::move(segments)},
                                                            {"body", request.body}});
}

}  // namespace dsm::testing

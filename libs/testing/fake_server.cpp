// Both servers run an event loop on a thread of their own.
#include "libs/testing/fake_server.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <thread>

#include "libs/rt/task_scope.hpp"

namespace dsm::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

struct FakeServer::State {
    State(Answer answer_with, std::optional<http::TlsIdentity> tls)
        : answer(std::move(answer_with)),
          is_tls(tls.has_value()),
          server(
              loop.get_executor(),
              {.service = "fake", .check_origin = false, .tls = std::move(tls)},
              [this](http::Request request) { return handle(std::move(request)); }, clock, *random,
              metrics),
          work(loop.get_executor()) {}

    asio::awaitable<http::Response> handle(http::Request request) {
        bool waits = hanging;
        while (waits) {
            const bool goes_on = co_await rt::sleep_for(std::chrono::milliseconds(10));
            waits = goes_on && hanging && !request.deadline.passed(clock);
        }
        co_return answer(request);
    }

    Answer answer;
    bool is_tls;
    std::atomic<bool> hanging = false;
    rt::SystemClock clock;
    std::unique_ptr<rt::Random> random = rt::make_seeded_random(1);
    telemetry::Metrics metrics;
    asio::io_context loop{1};
    http::Server server;
    asio::executor_work_guard<asio::io_context::executor_type> work;
    std::uint16_t port = 0;
    std::thread thread;
};

FakeServer::FakeServer(Answer answer, std::optional<http::TlsIdentity> tls)
    : state_(std::make_unique<State>(std::move(answer), std::move(tls))) {
    const auto started = state_->server.start();
    if (!started) throw std::runtime_error(started.error().message);
    state_->port = *started;
    state_->thread = std::thread([state = state_.get()] { state->loop.run(); });
}

FakeServer::~FakeServer() {
    stop();
}

std::uint16_t FakeServer::port() const {
    return state_->port;
}

std::string FakeServer::url() const {
    return fmt::format("{}://127.0.0.1:{}", state_->is_tls ? "https" : "http", state_->port);
}

void FakeServer::hang(bool on) {
    state_->hanging = on;
}

void FakeServer::stop() {
    if (!state_->thread.joinable()) return;
    state_->hanging = false;
    auto stopped = asio::co_spawn(state_->loop, state_->server.stop(std::chrono::seconds(2)),
                                  asio::use_future);
    stopped.get();
    state_->loop.stop();
    state_->thread.join();
}

struct RawServer::State {
    explicit State(std::string what)
        : bytes(std::move(what)),
          acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

    asio::awaitable<void> serve(tcp::socket socket) {
        std::string head;
        co_await asio::async_read_until(socket, asio::dynamic_buffer(head, 65'536), "\r\n\r\n",
                                        asio::as_tuple(asio::use_awaitable));
        co_await asio::async_write(socket, asio::buffer(bytes),
                                   asio::as_tuple(asio::use_awaitable));
    }

    asio::awaitable<void> accept(rt::TaskScope& scope) {
        for (;;) {
            auto [error, socket] =
                co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
            if (error) co_return;
            ++connections;
            auto shared = std::make_shared<tcp::socket>(std::move(socket));
            scope.spawn("connection", [this, shared] { return serve(std::move(*shared)); });
        }
    }

    std::string bytes;
    asio::io_context loop{1};
    tcp::acceptor acceptor;
    std::atomic<int> connections = 0;
    std::thread thread;
};

RawServer::RawServer(std::string bytes) : state_(std::make_unique<State>(std::move(bytes))) {
    state_->thread = std::thread([state = state_.get()] {
        rt::TaskScope scope(state->loop.get_executor());
        scope.spawn("accept", [&scope, state] { return state->accept(scope); });
        state->loop.run();
    });
}

RawServer::~RawServer() {
    state_->loop.stop();
    state_->thread.join();
}

std::string RawServer::url() const {
    return fmt::format("http://127.0.0.1:{}", state_->acceptor.local_endpoint().port());
}

int RawServer::connections() const {
    return state_->connections;
}

}  // namespace dsm::testing

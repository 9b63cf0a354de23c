// A small server on its own thread with fault knobs: what the other services are to these tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/http/message.hpp"

namespace dsm::orchestrator::testing {

/// What befalls the matching requests, until `times` ran out.
struct Fault {
    std::string method;         ///< empty: any
    std::string path_contains;  ///< empty: any
    int times = -1;             ///< -1: for ever
    std::chrono::milliseconds delay{0};
    int status = 0;           ///< 0: it is done as usual
    std::string body = "{}";  ///< of `status`
    std::string retry_after;  ///< of `status`; empty: not said
    bool drop_reply = false;  ///< it is done, and nobody hears of it
};

/// Safe from any thread. `serve` runs under the server's lock, so it may touch shared state.
class FakeServer {
public:
    using Serve = std::function<http::Response(const http::Request&)>;

    explicit FakeServer(Serve serve);
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    std::string url() const;

    /// Refuses connections from now on.
    void stop();

    void add(Fault fault);
    void clear_faults();

    /// "GET /path?query", in order of arrival.
    std::vector<std::string> seen() const;
    /// The same, numbered by arrival at any of the process's fakes.
    std::vector<std::pair<std::uint64_t, std::string>> arrivals() const;
    std::size_t count(std::string_view prefix) const;
    /// The first header of that name in the latest request whose line begins with `prefix`.
    std::string header_of_last(std::string_view prefix, std::string_view name) const;

    /// Runs `work` under the server's lock.
    template <class F>
    auto locked(F work) const {
        const std::lock_guard lock(mutex_);
        return work();
    }

private:
    boost::asio::awaitable<http::Response> handle(http::Request request);
    Fault take_fault(const http::Request& request);

    class Thread;
    Serve serve_;
    mutable std::mutex mutex_;
    std::vector<Fault> faults_;
    struct Seen {
        std::uint64_t number;
        std::string line;
        http::Headers headers;
    };
    std::vector<Seen> seen_;
    std::string url_;
    std::unique_ptr<Thread> thread_;
};

}  // namespace dsm::orchestrator::testing

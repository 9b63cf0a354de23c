// Servers that a test plays itself: one that answers by a function, and one that sends fixed bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "libs/http/server.hpp"

namespace dsm::testing {

/// A well-behaved HTTP server on its own thread and a free port, until `stop` or its end.
class FakeServer {
public:
    /// Runs on the server's thread; what it shares with the test needs a lock or an atomic.
    using Answer = std::function<http::Response(const http::Request&)>;

    explicit FakeServer(Answer answer, std::optional<http::TlsIdentity> tls = {});
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    std::uint16_t port() const;
    std::string url() const;  ///< "http://127.0.0.1:{port}", https with TLS

    /// From now on requests are taken and not answered; false lets those that wait go on.
    void hang(bool on);
    /// From now on the port refuses, as if the process had ended.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Takes connections, reads the head of a request, sends these bytes and closes: truncated answers,
/// closed connections, anything that is no HTTP.
class RawServer {
public:
    explicit RawServer(std::string bytes);
    ~RawServer();
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    std::string url() const;
    int connections() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dsm::testing

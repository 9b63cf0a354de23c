// A real redis-server of the test's own, on a free loopback port.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "libs/stream/event_stream.hpp"
#include "libs/testing/process.hpp"

namespace dsm::testing {

/// Starts Debian's redis-server and waits until it answers. Throws std::runtime_error with a
/// sentence that says what to do when it is not installed or does not start, which fails the test.
class RedisServer {
public:
    explicit RedisServer(std::string password = "");
    ~RedisServer();  ///< stopped by pid
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    /// How a stream of the product reaches it.
    stream::RedisSettings settings() const;
    std::uint16_t port() const { return port_; }

    /// Ends it as a power cut would; what it held is lost.
    void kill();
    /// Starts it again, empty, on the same port.
    void start();
    /// Saves what it holds and starts again with it, reading its file for about `lasts`. Returns
    /// while it does.
    void restart_slowly(std::chrono::milliseconds lasts);
    /// Sends one inline command ("FLUSHALL"), logged in; the first line of the answer.
    std::string command(const std::string& line) const;
    /// SIGSTOP: connections are accepted, and nothing is answered.
    void pause() const;
    void resume() const;

private:
    void launch(const Arguments& more);
    bool comes_up();
    bool answers() const;

    TemporaryFolder folder_;
    std::string password_;
    std::uint16_t port_ = 0;
    std::unique_ptr<BackgroundProcess> process_;
};

}  // namespace dsm::testing

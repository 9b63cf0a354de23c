// A wire between a client and a server of the loopback address that fails when a test wants it to.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace dsm::testing {

/// Forwards bytes on every connection made to `port()`. Faults are for connections that are open
/// and to come. Safe from any thread.
class FaultyWire {
public:
    explicit FaultyWire(std::uint16_t server_port);
    ~FaultyWire();
    FaultyWire(const FaultyWire&) = delete;
    FaultyWire& operator=(const FaultyWire&) = delete;

    std::uint16_t port() const { return port_; }

    enum class Fault {
        kNone,
        kCutBefore,             ///< both ends are cut before it reaches the server
        kKeptFromServer,        ///< the client is cut, and the server waits on
        kAnswerLost,            ///< both ends are cut when the server has answered it
        kAnswerLostThenFrozen,  ///< the same, and nothing is forwarded from then on
    };
    /// What befalls the next chunk of a client that holds `text`, once.
    void arm(Fault fault, std::string text);
    /// True once the fault that was armed last has happened.
    bool happened() const { return happened_; }

    /// Connections are accepted by the system, and nothing is forwarded until `thaw`.
    void freeze() { frozen_ = true; }
    void thaw() { frozen_ = false; }
    /// Returns when every connection is cut.
    void cut_all();
    /// Every answer of the server with `from` in one chunk carries `to` instead, of equal length.
    void rewrite(std::string from, std::string to);

private:
    struct Connection;
    void run();
    void forward_up(Connection& connection);
    void forward_down(Connection& connection);
    Fault befalls(const std::string& chunk);

    const std::uint16_t server_port_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> frozen_ = false;
    std::atomic<bool> cutting_ = false;
    std::atomic<bool> happened_ = false;
    std::mutex mutex_;
    Fault fault_ = Fault::kNone;
    std::string text_;
    std::string from_;
    std::string to_;
    std::list<Connection> connections_;
    std::thread thread_;  ///< last: it uses the members above
};

}  // namespace dsm::testing

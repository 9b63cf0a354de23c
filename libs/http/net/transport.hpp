// One connected byte stream, plain or TLS, whose every operation ends by a deadline.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "libs/http/net/watchdog.hpp"

namespace dsm::http {

struct Transferred {
    boost::system::error_code error;  ///< `asio::error::timed_out` when the deadline ended it
    std::size_t bytes = 0;
};

/// One thread; one read and one write at a time. Destroying it closes the socket.
class Transport {
public:
    explicit Transport(boost::asio::ip::tcp::socket socket);

    Watchdog& deadline() { return watchdog_; }

    /// Tries the addresses in turn.
    boost::asio::awaitable<boost::system::error_code> connect(
        std::vector<boost::asio::ip::tcp::endpoint> endpoints);

    /// `context` outlives the transport. A client names the server for SNI.
    boost::asio::awaitable<boost::system::error_code> accept_tls(
        boost::asio::ssl::context& context);
    boost::asio::awaitable<boost::system::error_code> connect_tls(
        boost::asio::ssl::context& context, std::string server_name, bool verify_name);

    boost::asio::awaitable<Transferred> read_some(std::span<char> into);
    /// Both parts, in one system call where it fits. The texts must outlive the call.
    boost::asio::awaitable<Transferred> write(std::string_view first, std::string_view second = {});

    /// Says that nothing more will be written, then drops what comes until the peer closes or the
    /// deadline: closing with unread bytes would reset the connection and lose our last answer.
    boost::asio::awaitable<void> finish();

    /// Ends the operations in progress.
    void cancel();
    void close();

    /// True when the peer closed, or sent bytes that nobody asked for. Does not block.
    bool is_stale();
    bool is_tls() const { return tls_ != nullptr; }

private:
    using Tls = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

    boost::system::error_code outcome(boost::system::error_code error) const;

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<Tls> tls_;
    Watchdog watchdog_;
};

}  // namespace dsm::http

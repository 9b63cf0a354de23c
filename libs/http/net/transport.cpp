// Reads and writes on Asio's sockets and TLS streams.
#include "libs/http/net/transport.hpp"

#include <openssl/ssl.h>
#include <poll.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace dsm::http {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kDropLimit = 16 * 1024 * 1024;  ///< bytes dropped before closing anyway

}  // namespace

Transport::Transport(asio::ip::tcp::socket socket)
    : socket_(std::move(socket)), watchdog_(socket_.get_executor(), [this] { cancel(); }) {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

error_code Transport::outcome(error_code error) const {
    return error && watchdog_.bitten() ? asio::error::timed_out : error;
}

asio::awaitable<error_code> Transport::connect(std::vector<asio::ip::tcp::endpoint> endpoints) {
    const auto [error, endpoint] = co_await asio::async_connect(socket_, endpoints, kAsTuple);
    if (!error) {
        error_code ignored;
        socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    }
    co_return outcome(error);
}

asio::awaitable<error_code> Transport::accept_tls(asio::ssl::context& context) {
    tls_ = std::make_unique<Tls>(socket_, context);
    const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kAsTuple);
    co_return outcome(error);
}

asio::awaitable<error_code> Transport::connect_tls(asio::ssl::context& context,
                                                   std::string server_name, bool verify_name) {
    tls_ = std::make_unique<Tls>(socket_, context);
    error_code not_an_address;
    asio::ip::make_address(server_name, not_an_address);
    if (not_an_address) SSL_set_tlsext_host_name(tls_->native_handle(), server_name.c_str());
    if (verify_name) {
        error_code failed;
        tls_->set_verify_callback(asio::ssl::host_name_verification(server_name), failed);
        if (failed) co_return failed;
    }
    const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAsTuple);
    co_return outcome(error);
}

asio::awaitable<Transferred> Transport::read_some(std::span<char> into) {
    if (watchdog_.bitten()) co_return Transferred{asio::error::timed_out, 0};
    const asio::mutable_buffer buffer(into.data(), into.size());
    error_code error;
    std::size_t bytes = 0;
    if (tls_) {
        std::tie(error, bytes) = co_await tls_->async_read_some(buffer, kAsTuple);
    } else {
        std::tie(error, bytes) = co_await socket_.async_read_some(buffer, kAsTuple);
    }
    co_return Transferred{outcome(error), bytes};
}

asio::awaitable<Transferred> Transport::write(std::string_view first, std::string_view second) {
    if (watchdog_.bitten()) co_return Transferred{asio::error::timed_out, 0};
    const std::array buffers{asio::const_buffer(first.data(), first.size()),
                             asio::const_buffer(second.data(), second.size())};
    error_code error;
    std::size_t bytes = 0;
    if (tls_) {
        std::tie(error, bytes) = co_await asio::async_write(*tls_, buffers, kAsTuple);
    } else {
        std::tie(error, bytes) = co_await asio::async_write(socket_, buffers, kAsTuple);
    }
    co_return Transferred{outcome(error), bytes};
}

asio::awaitable<void> Transport::finish() {
    if (tls_) {
        co_await tls_->async_shutdown(kAsTuple);
        if (watchdog_.bitten()) co_return;
    }
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    std::array<char, 16 * 1024> dropped{};
    for (std::size_t total = 0; total < kDropLimit && !watchdog_.bitten();) {
        const auto [error, bytes] =
            co_await socket_.async_read_some(asio::buffer(dropped), kAsTuple);
        if (error) break;
        total += bytes;
    }
}

void Transport::cancel() {
    error_code ignored;
    socket_.cancel(ignored);
}

void Transport::close() {
    watchdog_.stop();
    error_code ignored;
    socket_.close(ignored);
}

bool Transport::is_stale() {
    pollfd look{.fd = socket_.native_handle(), .events = POLLIN | POLLRDHUP, .revents = 0};
    if (poll(&look, 1, 0) <= 0) return false;
    // A TLS server may send session tickets at any time; nobody else speaks first.
    return (look.revents & ~POLLIN) != 0 || !tls_;
}

}  // namespace dsm::http

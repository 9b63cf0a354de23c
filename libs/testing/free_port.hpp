// A port of the loopback address that nobody listens on, for programs that cannot choose one.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>

namespace dsm::testing {

/// Free when asked; what is ours should bind port 0 instead.
inline std::uint16_t free_port() {
    boost::asio::io_context loop;
    boost::asio::ip::tcp::acceptor acceptor(loop, {boost::asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

}  // namespace dsm::testing

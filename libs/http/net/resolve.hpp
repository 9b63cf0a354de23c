// Finds the addresses of a host within a deadline.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <expected>
#include <string>
#include <vector>

#include "libs/rt/clock.hpp"

namespace dsm::http {

/// An address is not looked up. `asio::error::timed_out` at the deadline.
boost::asio::awaitable<
    std::expected<std::vector<boost::asio::ip::tcp::endpoint>, boost::system::error_code>>
resolve(boost::asio::any_io_executor executor, std::string host, std::uint16_t port,
        rt::Deadline deadline);

}  // namespace dsm::http

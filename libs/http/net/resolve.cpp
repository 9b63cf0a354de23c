// The system's resolver cannot be interrupted, only left; Asio leaves it for us.
#include "libs/http/net/resolve.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "libs/http/net/watchdog.hpp"

namespace dsm::http {
namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<std::expected<std::vector<tcp::endpoint>, boost::system::error_code>> resolve(
    asio::any_io_executor executor, std::string host, std::uint16_t port, rt::Deadline deadline) {
    boost::system::error_code not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) co_return std::vector{tcp::endpoint(address, port)};

    tcp::resolver resolver(executor);
    Watchdog watchdog(executor, [&] { resolver.cancel(); });
    watchdog.set(deadline.at);
    const auto [error, results] = co_await resolver.async_resolve(
        host, std::to_string(port), asio::as_tuple(asio::use_awaitable));
    if (watchdog.bitten()) co_return std::unexpected(asio::error::timed_out);
    if (error) co_return std::unexpected(error);
    std::vector<tcp::endpoint> endpoints;
    for (const auto& each : results) endpoints.push_back(each.endpoint());
    co_return endpoints;
}

}  // namespace dsm::http

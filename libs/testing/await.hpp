// Runs coroutines to their end from a plain test, on an event loop of the calling thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace dsm::testing {

/// The coroutine's value; its exception is rethrown. Usable from several threads at once.
template <class T>
T await(boost::asio::awaitable<T> task) {
    boost::asio::io_context loop(1);
    auto result = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
    loop.run();
    return result.get();
}

}  // namespace dsm::testing

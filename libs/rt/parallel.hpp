// Runs independent awaitables at the same time on one executor and waits for all of them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <vector>

namespace dsm::rt {

/// Starts every task, returns when the last one ended. Cancelling the awaiter cancels all of them
/// and still waits for their ends, so the tasks may refer to the awaiter's locals. Exceptions: the
/// first one is rethrown after all tasks ended.
boost::asio::awaitable<void> when_all(
    std::vector<std::function<boost::asio::awaitable<void>()>> tasks);

}  // namespace dsm::rt

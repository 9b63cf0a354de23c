// Wakes every coroutine that waits for a change. One thread only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <set>

namespace dsm::cluster {

class Signal {
public:
    /// Wakes all that wait now. Who looks at the state before waiting misses nothing: no other code
    /// of the thread runs between the look and the wait.
    void notify_all();

    /// Ends at the next `notify_all`, after `limit`, or when cancelled (false only then).
    boost::asio::awaitable<bool> wait(std::chrono::milliseconds limit);

private:
    std::set<boost::asio::steady_timer*> waiting_;
};

}  // namespace dsm::cluster

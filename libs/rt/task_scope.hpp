// Owns every coroutine it starts: nothing is detached, and nothing outlives the scope.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

namespace dsm::rt {

/// One scope belongs to one thread's executor; call it from that thread only.
///
/// An exception that leaves a task is a bug: it is reported to stderr with the task's name and
/// aborts.
class TaskScope {
public:
    explicit TaskScope(boost::asio::any_io_executor executor);
    /// The scope must be joined, or its io_context stopped for good, before it is destroyed.
    ~TaskScope();
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;

    /// Starts `task`. After `cancel()` it starts nothing.
    void spawn(std::string_view name, std::function<boost::asio::awaitable<void>()> task);

    /// Asks every task to stop: their waits end with `operation_aborted`.
    void cancel();

    /// Waits until all tasks ended, at most `limit`. True if all did.
    boost::asio::awaitable<bool> join(std::chrono::milliseconds limit);

    std::size_t running() const;
    bool cancelled() const;
    boost::asio::any_io_executor executor() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Waits `duration` of steady time. False when it was cancelled first.
boost::asio::awaitable<bool> sleep_for(std::chrono::milliseconds duration);

}  // namespace dsm::rt

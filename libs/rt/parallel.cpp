// Structured parallelism: all tasks of a call have ended when it returns.
#include "libs/rt/parallel.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>

namespace dsm::rt {
namespace asio = boost::asio;
namespace {

using Task = std::function<asio::awaitable<void>()>;

struct Group {
    explicit Group(const asio::any_io_executor& executor)
        : ended(executor, asio::steady_timer::time_point::max()) {}

    asio::steady_timer ended;  ///< cancelled when the last task ends
    std::deque<asio::cancellation_signal> signals;
    std::size_t running = 0;
    std::exception_ptr first;
};

asio::awaitable<void> run(Task task) {
    co_await task();
}

void start(const std::shared_ptr<Group>& group, const asio::any_io_executor& executor, Task task) {
    ++group->running;
    auto ended = [group](const std::exception_ptr& thrown) {
        if (thrown && !group->first) group->first = thrown;
        if (--group->running == 0) group->ended.cancel();
    };
    asio::co_spawn(executor, run(std::move(task)),
                   asio::bind_cancellation_slot(group->signals.emplace_back().slot(), ended));
}

/// Passes a cancellation on, and then waits on without being cancellable itself: leaving earlier
/// would leave tasks with references to locals that are gone.
asio::awaitable<void> wait_for_all(std::shared_ptr<Group> group) {
    if (group->running > 0) {
        co_await group->ended.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
        for (auto& signal : group->signals) signal.emit(asio::cancellation_type::terminal);
    }
    while (group->running > 0) {
        co_await group->ended.async_wait(asio::bind_cancellation_slot(
            asio::cancellation_slot(), asio::as_tuple(asio::use_awaitable)));
    }
}

}  // namespace

asio::awaitable<void> when_all(std::vector<Task> tasks) {
    const auto executor = co_await asio::this_coro::executor;
    const auto group = std::make_shared<Group>(executor);
    for (Task& task : tasks) start(group, executor, std::move(task));

    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await wait_for_all(group);
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (group->first) std::rethrow_exception(group->first);
}

}  // namespace dsm::rt

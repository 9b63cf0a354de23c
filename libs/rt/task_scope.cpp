// Coroutines with an owner, and the wait of this project.
#include "libs/rt/task_scope.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace dsm::rt {
namespace asio = boost::asio;

struct TaskScope::State {
    explicit State(asio::any_io_executor e) : executor(std::move(e)), ended(executor) {}

    asio::any_io_executor executor;
    asio::steady_timer ended;  ///< cancelled each time the last task ends
    std::map<std::uint64_t, std::shared_ptr<asio::cancellation_signal>> tasks;
    std::uint64_t next_id = 0;
    bool cancelled = false;

    void finish(std::uint64_t id, const std::string& name, const std::exception_ptr& thrown) {
        if (thrown) report(name, thrown);
        tasks.erase(id);
        if (tasks.empty()) ended.cancel();
    }

    void report(const std::string& name, const std::exception_ptr& thrown) const {
        std::string why = "an unknown exception";
        try {
            std::rethrow_exception(thrown);
        } catch (const boost::system::system_error& e) {
            if (cancelled && e.code() == asio::error::operation_aborted) return;
            why = e.what();
        } catch (const std::exception& e) {
            why = e.what();
        } catch (...) {  // named below, then the process ends
        }
        std::fprintf(stderr, "task %s ended with %s\n", name.c_str(), why.c_str());
        std::abort();
    }
};

namespace {

/// Keeps the function object alive as long as the coroutine it made.
asio::awaitable<void> run(std::function<asio::awaitable<void>()> task) {
    co_await task();
}

}  // namespace

TaskScope::TaskScope(asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}

TaskScope::~TaskScope() = default;

void TaskScope::spawn(std::string_view name, std::function<asio::awaitable<void>()> task) {
    if (state_->cancelled) return;
    const std::uint64_t id = state_->next_id++;
    auto signal = std::make_shared<asio::cancellation_signal>();
    state_->tasks.emplace(id, signal);
    auto ended = [state = state_, signal, id, name = std::string(name)](std::exception_ptr thrown) {
        state->finish(id, name, thrown);
    };
    asio::co_spawn(state_->executor, run(std::move(task)),
                   asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
}

void TaskScope::cancel() {
    state_->cancelled = true;
    // A task may end while it is being cancelled, so the map is not walked.
    std::vector<std::shared_ptr<asio::cancellation_signal>> signals;
    for (const auto& [id, signal] : state_->tasks) signals.push_back(signal);
    for (const auto& signal : signals) signal->emit(asio::cancellation_type::terminal);
}

asio::awaitable<bool> TaskScope::join(std::chrono::milliseconds limit) {
    const auto state = state_;
    if (!state->tasks.empty()) {
        state->ended.expires_after(limit);
        co_await state->ended.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return state->tasks.empty();
}

std::size_t TaskScope::running() const {
    return state_->tasks.size();
}

bool TaskScope::cancelled() const {
    return state_->cancelled;
}

asio::any_io_executor TaskScope::executor() const {
    return state_->executor;
}

asio::awaitable<bool> sleep_for(std::chrono::milliseconds duration) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, duration);
    const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !error;
}

}  // namespace dsm::rt

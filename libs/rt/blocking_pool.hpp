// Runs blocking work (SQL, Redis) on a few threads and comes back to the caller's executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "libs/base/result.hpp"

namespace dsm::rt {

/// Blocks the calling thread. For work on a BlockingPool that waits for something to come true.
void pause(std::chrono::milliseconds duration);

/// A bounded queue in front of a fixed number of threads. Work already begun is never abandoned:
/// the awaiting coroutine resumes only when it ended, so `work` may refer to the awaiter's locals.
class BlockingPool {
public:
    BlockingPool(std::size_t threads, std::size_t queue_limit);
    ~BlockingPool();  ///< waits for work that has begun
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    /// `work` returns Result<T>. A full queue is kUnavailable, and `work` is not run.
    /// An exception out of `work` is rethrown in the awaiting coroutine.
    template <class F>
    boost::asio::awaitable<std::invoke_result_t<F>> run(F work) {
        using R = std::invoke_result_t<F>;
        std::optional<R> result;
        std::exception_ptr thrown;
        std::function<void()> job = [&] {
            try {
                result.emplace(work());
            } catch (...) {
                thrown = std::current_exception();
            }
        };
        const bool accepted = co_await run_job(job);
        if (thrown) std::rethrow_exception(thrown);
        if (!accepted) co_return fail(ErrorCode::kUnavailable, "too much work is waiting");
        co_return std::move(*result);
    }

private:
    /// False when the queue is full; resumes on the caller's executor after `job` ran.
    boost::asio::awaitable<bool> run_job(std::function<void()>& job);

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dsm::rt

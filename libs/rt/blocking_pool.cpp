// The threads and the bounded queue of BlockingPool.
#include "libs/rt/blocking_pool.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace dsm::rt {
namespace asio = boost::asio;

void pause(std::chrono::milliseconds duration) {
    std::this_thread::sleep_for(duration);
}

struct BlockingPool::State {
    struct Item {
        std::function<void()>* job;            ///< lives in the awaiting coroutine
        std::function<void(bool ran)> resume;  ///< posts the coroutine back to its executor
    };

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Item> queue;
    std::size_t queue_limit = 0;
    bool stopping = false;
    std::vector<std::thread> threads;

    bool push(Item item) {
        {
            std::lock_guard lock(mutex);
            if (stopping || queue.size() >= queue_limit) return false;
            queue.push_back(std::move(item));
        }
        wake.notify_one();
        return true;
    }

    void work() {
        std::unique_lock lock(mutex);
        while (true) {
            wake.wait(lock, [&] { return stopping || !queue.empty(); });
            if (stopping) return;
            Item item = std::move(queue.front());
            queue.pop_front();
            lock.unlock();
            (*item.job)();
            item.resume(true);
            item = {};
            lock.lock();
        }
    }
};

BlockingPool::BlockingPool(std::size_t threads, std::size_t queue_limit)
    : state_(std::make_unique<State>()) {
    state_->queue_limit = queue_limit;
    for (std::size_t i = 0; i < threads; ++i) {
        state_->threads.emplace_back([state = state_.get()] { state->work(); });
    }
}

BlockingPool::~BlockingPool() {
    {
        std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->wake.notify_all();
    for (std::thread& thread : state_->threads) thread.join();
    for (State::Item& item : state_->queue) item.resume(false);
}

asio::awaitable<bool> BlockingPool::run_job(std::function<void()>& job) {
    // No cancellation slot is taken: work that has begun is waited for.
    auto initiate = [this, &job](auto handler) {
        auto executor = asio::prefer(asio::get_associated_executor(handler),
                                     asio::execution::outstanding_work.tracked);
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto resume = [executor, shared](bool ran) {
            asio::post(executor, [shared, ran] { std::move (*shared)(ran); });
        };
        if (!state_->push({&job, resume})) resume(false);
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(
        initiate, asio::use_awaitable);
}

}  // namespace dsm::rt

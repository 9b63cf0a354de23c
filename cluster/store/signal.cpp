// Each waiter is a timer; waking it is cancelling the timer.
#include "cluster/store/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dsm::cluster {

namespace asio = boost::asio;

void Signal::notify_all() {
    for (asio::steady_timer* timer : waiting_) timer->cancel();
}

asio::awaitable<bool> Signal::wait(std::chrono::milliseconds limit) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return false;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, limit);
    waiting_.insert(&timer);
    struct Leave {
        std::set<asio::steady_timer*>& waiting;
        asio::steady_timer* timer;
        ~Leave() { waiting.erase(timer); }
    } leave{waiting_, &timer};
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto after = co_await asio::this_coro::cancellation_state;
    co_return after.cancelled() == asio::cancellation_type::none;
}

}  // namespace dsm::cluster

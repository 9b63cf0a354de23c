// A bell is rung on its sleeper's own thread, so it needs no lock of its own.
#include "libs/stream/waiters.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dsm::stream {

namespace asio = boost::asio;

struct Waiters::Place::Bell {
    explicit Bell(asio::any_io_executor executor) : timer(std::move(executor)) {}

    asio::steady_timer timer;
    bool rung = false;
};

Waiters::Place::Place(Waiters& owner, std::string stream, asio::any_io_executor executor)
    : owner_(owner), bell_(std::make_shared<Bell>(std::move(executor))) {
    std::lock_guard lock(owner_.mutex_);
    position_ = owner_.bells_.emplace(std::move(stream), bell_);
}

Waiters::Place::~Place() {
    std::lock_guard lock(owner_.mutex_);
    owner_.bells_.erase(position_);
}

asio::awaitable<void> Waiters::Place::sleep(std::chrono::milliseconds limit) {
    if (!bell_->rung) {
        bell_->timer.expires_after(limit);
        co_await bell_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    bell_->rung = false;
}

void Waiters::wake(const std::string& stream) {
    // Posted under the lock: a place that is still registered has an executor that still lives.
    std::lock_guard lock(mutex_);
    const auto [first, last] = bells_.equal_range(stream);
    for (auto place = first; place != last; ++place) {
        asio::post(place->second->timer.get_executor(), [bell = place->second] {
            bell->rung = true;
            bell->timer.cancel();
        });
    }
}

}  // namespace dsm::stream

// The timer is shared with its handler, which may run after the watchdog is gone.
#include "libs/http/net/watchdog.hpp"

#include <boost/asio/steady_timer.hpp>

namespace dsm::http {
namespace {

constexpr rt::Steady kNever = rt::Steady::max();

}  // namespace

struct Watchdog::State : std::enable_shared_from_this<State> {
    State(const boost::asio::any_io_executor& executor, std::function<void()> b)
        : timer(executor), bite(std::move(b)) {}

    boost::asio::steady_timer timer;
    std::function<void()> bite;
    rt::Steady at = kNever;
    bool pending = false;
    bool bitten = false;
    std::uint64_t generation = 0;  ///< of the wait that counts; older handlers do nothing

    void arm() {
        pending = true;
        timer.expires_at(at);
        timer.async_wait([self = shared_from_this(), mine = ++generation](auto error) {
            if (error || mine != self->generation) return;
            self->fire();
        });
    }

    void fire() {
        pending = false;
        if (at == kNever) return;
        if (at > timer.expiry()) return arm();
        bitten = true;
        if (bite) bite();
    }
};

Watchdog::Watchdog(const boost::asio::any_io_executor& executor, std::function<void()> bite)
    : state_(std::make_shared<State>(executor, std::move(bite))) {}

Watchdog::~Watchdog() {
    state_->bite = nullptr;
    stop();
}

void Watchdog::set(rt::Steady at) {
    state_->bitten = false;
    state_->at = at;
    if (!state_->pending || at < state_->timer.expiry()) state_->arm();
}

void Watchdog::clear() {
    state_->at = kNever;
}

void Watchdog::stop() {
    clear();
    ++state_->generation;
    state_->pending = false;
    state_->timer.cancel();
}

bool Watchdog::bitten() const {
    return state_->bitten;
}

}  // namespace dsm::http

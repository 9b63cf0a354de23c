// Asio's signal handling on a thread of its own, an alarm for the end.
#include "dsm/compose/stop_signal.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <ctime>
#include <latch>
#include <thread>

namespace dsm::compose {

namespace {

void end_at_once(int) {
    ::_exit(0);
}

/// By the kernel's timer: nothing of ours that hangs keeps it from coming.
void end_process_after(std::chrono::milliseconds limit) {
    std::signal(SIGALRM, end_at_once);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(limit - seconds);
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGALRM;
    timer_t timer{};
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return;
    itimerspec when{};
    when.it_value.tv_sec = seconds.count();
    when.it_value.tv_nsec = rest.count();
    ::timer_settime(timer, 0, &when, nullptr);
}

}  // namespace

class StopSignal::Impl {
public:
    explicit Impl(std::chrono::milliseconds end_within) {
        std::signal(SIGPIPE, SIG_IGN);
        // A limit for files then fails a write, as a full disk does, and ends nothing.
        std::signal(SIGXFSZ, SIG_IGN);
        signals_.async_wait([this, end_within](const boost::system::error_code& wrong, int) {
            if (wrong) return;
            signals_.clear();
            std::signal(SIGINT, end_at_once);
            std::signal(SIGTERM, end_at_once);
            end_process_after(end_within);
            came_.count_down();
        });
        listener_ = std::jthread([this] { context_.run(); });
    }
    ~Impl() { context_.stop(); }

    void wait() { came_.wait(); }

private:
    boost::asio::io_context context_{1};
    boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
    std::latch came_{1};
    std::jthread listener_;  ///< last: it uses the members above
};

StopSignal::StopSignal(std::chrono::milliseconds end_within)
    : impl_(std::make_unique<Impl>(end_within)) {}

StopSignal::~StopSignal() = default;

void StopSignal::wait() {
    impl_->wait();
}

}  // namespace dsm::compose

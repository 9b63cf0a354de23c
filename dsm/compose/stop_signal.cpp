// Asio's signal handling for the wait, an alarm for the end.
#include "dsm/compose/stop_signal.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <ctime>

namespace dsm::compose {

namespace {

void end_at_once(int) {
    ::_exit(0);
}

}  // namespace

class StopSignal::Impl {
public:
    Impl() {
        std::signal(SIGPIPE, SIG_IGN);
        // A limit for files then fails a write, as a full disk does, and ends nothing.
        std::signal(SIGXFSZ, SIG_IGN);
        signals_.async_wait([this](const boost::system::error_code& wrong, int) {
            if (wrong) return;
            signals_.clear();
            std::signal(SIGINT, end_at_once);
            std::signal(SIGTERM, end_at_once);
        });
    }

    boost::asio::io_context context_{1};
    boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
};

StopSignal::StopSignal() : impl_(std::make_unique<Impl>()) {}

StopSignal::~StopSignal() = default;

void StopSignal::wait() {
    impl_->context_.run();
}

void StopSignal::end_process_after(std::chrono::milliseconds limit) {
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

}  // namespace dsm::compose

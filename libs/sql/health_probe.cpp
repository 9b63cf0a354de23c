// Quick answers about a store that may be slow.
#include "libs/sql/health_probe.hpp"

#include <soci/soci.h>

#include "libs/sql/session_pool.hpp"

namespace dsm::sql {

HealthProbe::HealthProbe(Connector& connector)
    : connector_(connector), sessions_(std::make_unique<SessionPool>(connector, Access::kRead, 1)) {
    if (!connector_.is_remote()) return;
    thread_ = std::jthread([this](std::stop_token stop) { run_in_background(stop); });
}

HealthProbe::~HealthProbe() = default;

bool HealthProbe::ask() {
    std::lock_guard lock(mutex_);
    const auto now = clock_.steady();
    if (asked_ && now - *asked_ < std::chrono::seconds(1)) return answers_;
    asked_ = now;
    if (connector_.is_remote()) {
        wanted_ = true;
        wanted_changed_.notify_one();
    } else {
        answers_ = probe();
    }
    return answers_;
}

bool HealthProbe::probe() {
    try {
        auto session = sessions_->borrow();
        const bool answered = connector_.answers(*session);
        if (!answered) session.drop();
        return answered;
    } catch (const soci::soci_error&) {
        return false;
    }
}

void HealthProbe::run_in_background(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (wanted_changed_.wait(lock, stop, [this] { return wanted_; })) {
        wanted_ = false;
        lock.unlock();
        const bool answered = probe();
        lock.lock();
        answers_ = answered;
    }
}

}  // namespace dsm::sql

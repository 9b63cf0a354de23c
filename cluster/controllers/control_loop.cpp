// The one loop behind all controllers.
#include "cluster/controllers/control_loop.hpp"

#include "cluster/controllers/cronjob_controller.hpp"
#include "cluster/controllers/garbage_collector.hpp"
#include "cluster/controllers/housekeeping.hpp"

namespace dsm::cluster {

namespace {
/// A bound on rounds, so that two controllers that undo each other can't stop everything else.
constexpr int kMostRounds = 100;
/// The machine's wall time can jump; nothing due waits longer than this for being noticed.
constexpr std::chrono::milliseconds kLongestSleep{10'000};
}  // namespace

ControlLoop::ControlLoop(Registry& registry, const rt::Clock& clock, rt::Random& random,
                         JobSettings settings)
    : registry_(registry) {
    controllers_.push_back(std::make_unique<NamespaceController>(registry));
    controllers_.push_back(std::make_unique<CronJobController>(registry));
    auto jobs = std::make_unique<JobController>(registry, clock, random, std::move(settings));
    jobs_ = jobs.get();
    controllers_.push_back(std::move(jobs));
    controllers_.push_back(std::make_unique<FinishedJobController>(registry));
    controllers_.push_back(std::make_unique<GarbageCollector>(registry));
    controllers_.push_back(std::make_unique<EventExpiry>(registry, clock));
}

std::optional<std::chrono::milliseconds> ControlLoop::settle() {
    std::optional<std::chrono::milliseconds> again;
    for (int round = 0; round < kMostRounds; ++round) {
        const Revision before = registry_.store().revision();
        again.reset();
        for (const auto& controller : controllers_) again = sooner(again, controller->turn());
        if (registry_.store().revision() == before) return again;
    }
    return kLongestSleep;
}

boost::asio::awaitable<void> ControlLoop::run() {
    while (!stopped_) {
        const auto again = settle();
        const auto limit =
            std::clamp(again.value_or(kLongestSleep), std::chrono::milliseconds(1), kLongestSleep);
        const bool going_on = co_await registry_.store().changed().wait(limit);
        if (!going_on) co_return;
    }
}

void ControlLoop::stop() {
    stopped_ = true;
    for (const auto& controller : controllers_) controller->stop();
}

}  // namespace dsm::cluster

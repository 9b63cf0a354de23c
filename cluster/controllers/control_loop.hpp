// All controllers of the cluster, called in turn until none has anything to do.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "cluster/controllers/job_controller.hpp"

namespace dsm::cluster {

/// One thread. Everything handed in outlives it.
class ControlLoop {
public:
    ControlLoop(Registry& registry, const rt::Clock& clock, rt::Random& random,
                JobSettings settings);

    /// Calls each controller until a round changes nothing; when to do so again. For tests too.
    std::optional<std::chrono::milliseconds> settle();

    /// Settles after every change of the store and whenever something is due, until cancelled.
    boost::asio::awaitable<void> run();

    /// Kills the Jobs' processes; no turn may follow.
    void stop();

    JobController& jobs() { return *jobs_; }

private:
    Registry& registry_;
    std::vector<std::unique_ptr<Controller>> controllers_;
    JobController* jobs_ = nullptr;
    bool stopped_ = false;
};

}  // namespace dsm::cluster

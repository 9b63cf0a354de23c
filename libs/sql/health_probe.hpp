// Says whether a store answers, asking it at most once a second. Internal to libs/sql.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "libs/rt/clock.hpp"
#include "libs/sql/connector.hpp"

namespace dsm::sql {

class SessionPool;

/// Safe from any thread, and quick on all of them: a file is asked at once; a server is asked by a
/// thread of the probe's own, and the answer serves the question after that.
class HealthProbe {
public:
    /// Asks on a session of its own, so that it never waits for a slow reader.
    explicit HealthProbe(Connector& connector);
    ~HealthProbe();

    bool ask();

private:
    bool probe();
    void run_in_background(std::stop_token stop);

    Connector& connector_;
    const std::unique_ptr<SessionPool> sessions_;
    rt::SystemClock clock_;
    std::mutex mutex_;
    std::condition_variable_any wanted_changed_;
    bool wanted_ = false;
    bool answers_ = true;
    std::optional<rt::Steady> asked_;
    std::jthread thread_;  ///< last: it uses the members above
};

}  // namespace dsm::sql

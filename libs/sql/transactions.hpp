// Transactions on borrowed sessions, tried again where that is safe, and what became of each.
// Internal to libs/sql; blocks, and runs on pool threads.
#pragma once

#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>

#include "libs/rt/clock.hpp"
#include "libs/sql/connector.hpp"
#include "libs/sql/health_probe.hpp"
#include "libs/sql/session_pool.hpp"
#include "libs/sql/silence.hpp"

namespace dsm::sql {

/// Those of one kind of a process. Safe from several threads.
class Transactions {
public:
    using Work = std::function<Result<void>(soci::session&)>;

    Transactions(Connector& connector, SessionPool& sessions, Access access, Silence& silence,
                 std::string service)
        : connector_(connector),
          sessions_(sessions),
          access_(access),
          silence_(silence),
          service_(std::move(service)) {}

    /// Tells it of commits and failures from now on; it outlives this.
    void report_to(HealthProbe& probe) { probe_ = &probe; }

    /// Its outcome is there at `deadline`, give or take the end of a handshake. `limit` is what
    /// messages call that time.
    Result<void> run(const Work& work, rt::Deadline deadline, std::chrono::milliseconds limit);

private:
    struct Attempt;
    std::optional<Result<void>> attempt(Attempt& attempt, const Work& work);
    std::optional<Result<void>> perform(Attempt& attempt, SessionPool::Lease& session,
                                        const Work& work);
    std::optional<Result<void>> judge(const Attempt& attempt, const soci::soci_error& error);
    std::optional<Result<void>> resolve(const Attempt& attempt, Error lost);
    Error overdue(const Attempt& attempt) const;

    Connector& connector_;
    SessionPool& sessions_;
    const Access access_;
    Silence& silence_;
    const std::string service_;
    HealthProbe* probe_ = nullptr;
    const rt::SystemClock clock_;
    std::shared_mutex turn_;
};

}  // namespace dsm::sql

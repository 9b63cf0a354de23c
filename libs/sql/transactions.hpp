// Transactions on borrowed sessions, tried again where that is safe, and what became of each.
// Internal to libs/sql; blocks, and runs on pool threads.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "libs/rt/clock.hpp"
#include "libs/sql/connector.hpp"
#include "libs/sql/health_probe.hpp"
#include "libs/sql/session_pool.hpp"
#include "libs/sql/turn.hpp"

namespace dsm::sql {

/// Whether the database answers at all, so that not everybody waits for one that does not.
/// While the database is silent, one at a time may try it. Safe from any thread.
class Silence {
public:
    /// Leave to use the database, from the call to the outcome.
    class Pass {
    public:
        explicit Pass(Silence* tried) : tried_(tried) {}
        ~Pass() {
            if (tried_ != nullptr) tried_->end_trial();
        }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;

        /// False once others have found the database silent: waiting for it is of no use.
        bool holds(const Silence& silence) const {
            return tried_ != nullptr || !silence.is_silent();
        }

    private:
        Silence* tried_;  ///< none for one among many
    };

    /// None while the database is silent and somebody tries it.
    std::optional<Pass> ask() {
        std::lock_guard lock(mutex_);
        if (!silent_) return std::optional<Pass>(std::in_place, nullptr);
        if (tried_) return std::nullopt;
        tried_ = true;
        return std::optional<Pass>(std::in_place, this);
    }

    bool is_silent() const {
        std::lock_guard lock(mutex_);
        return silent_;
    }
    void heard() {
        std::lock_guard lock(mutex_);
        silent_ = false;
    }
    void unanswered() {
        std::lock_guard lock(mutex_);
        silent_ = true;
    }

private:
    void end_trial() {
        std::lock_guard lock(mutex_);
        tried_ = false;
    }

    mutable std::mutex mutex_;
    bool silent_ = false;
    bool tried_ = false;
};

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
    void note_loss(const Attempt& attempt, const Failure& failure);
    std::optional<Result<void>> resolve(const Attempt& attempt, Failure failure);
    Error overdue(const Attempt& attempt) const;

    Connector& connector_;
    SessionPool& sessions_;
    const Access access_;
    Silence& silence_;
    const std::string service_;
    HealthProbe* probe_ = nullptr;
    const rt::SystemClock clock_;
    Turn turn_;
};

}  // namespace dsm::sql

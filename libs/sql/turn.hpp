// Together with others or alone, for threads that have no time to lose. Internal to libs/sql.
#pragma once

#include <condition_variable>
#include <mutex>

#include "libs/rt/clock.hpp"

namespace dsm::sql {

/// What std::shared_timed_mutex does, and nobody starves: newcomers stay out while somebody waits
/// to be alone. Safe from any thread.
class Turn {
public:
    enum class Company { kTogether, kAlone };

    /// Waits for its turn until `deadline`, and has it until it is destroyed.
    class Visit {
    public:
        Visit(Turn& turn, Company company, rt::Deadline deadline)
            : turn_(turn), company_(company), inside_(turn.enter(company, deadline)) {}
        ~Visit() {
            if (inside_) turn_.leave(company_);
        }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

        /// False: the turn did not come in time.
        explicit operator bool() const { return inside_; }

    private:
        Turn& turn_;
        const Company company_;
        const bool inside_;
    };

private:
    bool enter(Company company, rt::Deadline deadline) {
        std::unique_lock lock(mutex_);
        if (company == Company::kTogether) {
            const bool came = changed_.wait_until(
                lock, deadline.at, [this] { return !alone_ && wait_to_be_alone_ == 0; });
            if (came) ++together_;
            return came;
        }
        ++wait_to_be_alone_;
        const bool came =
            changed_.wait_until(lock, deadline.at, [this] { return !alone_ && together_ == 0; });
        --wait_to_be_alone_;
        if (came) alone_ = true;
        if (!came) changed_.notify_all();
        return came;
    }
    void leave(Company company) {
        std::lock_guard lock(mutex_);
        if (company == Company::kAlone) {
            alone_ = false;
        } else {
            --together_;
        }
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    int together_ = 0;
    int wait_to_be_alone_ = 0;
    bool alone_ = false;
};

}  // namespace dsm::sql

// Whether a database answers at all, so that not everybody waits for one that does not. Internal to
// libs/sql.
#pragma once

#include <mutex>
#include <optional>

namespace dsm::sql {

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

}  // namespace dsm::sql

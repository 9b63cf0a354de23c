// Sessions of one kind, lent to one thread at a time. Internal to libs/sql.
#pragma once

#include <soci/soci.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "libs/sql/connector.hpp"

namespace dsm::sql {

/// At most `limit` sessions, opened when first needed. A server that has just refused one is asked
/// again once in `rest` only, while there are others who may give theirs back. Safe from any
/// thread.
class SessionPool {
public:
    SessionPool(Connector& connector, Access access, std::size_t limit,
                std::chrono::milliseconds patience = std::chrono::seconds(3),
                std::chrono::milliseconds rest = std::chrono::seconds(1))
        : connector_(connector), access_(access), limit_(limit), patience_(patience), rest_(rest) {}

    /// One lent session; goes back by itself unless it was dropped, or its time is over.
    class Lease {
    public:
        Lease(SessionPool& pool, std::unique_ptr<soci::session> session, rt::Deadline deadline)
            : pool_(pool),
              guard_(pool.connector_.guard(*session, deadline)),
              session_(std::move(session)) {}
        ~Lease() {
            if (guard_ && guard_->disarm()) session_.reset();
            pool_.give_back(std::move(session_));
        }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;

        soci::session& operator*() { return *session_; }
        /// The session is broken: the next one is opened anew.
        void drop() { session_.reset(); }

    private:
        SessionPool& pool_;
        std::unique_ptr<rt::Alarms::Alarm> guard_;
        std::unique_ptr<soci::session> session_;
    };

    /// Waits while all are lent, until `deadline` at the longest; also while others are lent and
    /// the server gives no new one. Throws soci::soci_error when none came free by then or a new
    /// session cannot be opened. The session is good until `deadline`; what waits on it longer is
    /// ended.
    Lease borrow(rt::Deadline deadline) {
        std::unique_lock lock(mutex_);
        while (!may_have_one()) {
            if (clock_.steady() >= deadline.at) {
                throw soci::soci_error("all database sessions are busy");
            }
            const bool rests = lent_ < limit_;
            returned_.wait_until(lock, rests ? std::min(ask_from_, deadline.at) : deadline.at);
        }
        ++lent_;
        auto session = idle_.empty() ? nullptr : take_idle();
        // Who asks first asks for all, until he knows.
        if (!session && ask_from_ != rt::Steady{}) ask_from_ = clock_.steady() + rest_;
        lock.unlock();
        if (!session) session = open(deadline);
        try {
            return {*this, std::move(session), deadline};
        } catch (...) {
            give_back(nullptr);
            throw;
        }
    }
    /// The same with the pool's own patience.
    Lease borrow() { return borrow(rt::Deadline::after(clock_, patience_)); }

    /// Ends the sessions that nobody uses: their server has gone away, or is another one now.
    void drop_idle() {
        std::vector<std::unique_ptr<soci::session>> idle;
        std::lock_guard lock(mutex_);
        idle.swap(idle_);
    }

    void give_back(std::unique_ptr<soci::session> session) {
        std::lock_guard lock(mutex_);
        --lent_;
        if (session) idle_.push_back(std::move(session));
        returned_.notify_all();  // they wait for different things
    }

private:
    bool may_have_one() const {
        if (lent_ >= limit_) return false;
        return !idle_.empty() || lent_ == 0 || clock_.steady() >= ask_from_;
    }

    void ask_again_from(rt::Steady when) {
        std::lock_guard lock(mutex_);
        ask_from_ = when;
        returned_.notify_all();
    }

    std::unique_ptr<soci::session> take_idle() {
        auto session = std::move(idle_.back());
        idle_.pop_back();
        return session;
    }

    /// A new session for one that counts as lent, or one that somebody gave back meanwhile. What
    /// throws no longer counts.
    std::unique_ptr<soci::session> open(rt::Deadline deadline) {
        try {
            auto session = connector_.connect(access_);
            ask_again_from({});
            return session;
        } catch (const soci::soci_error& error) {
            const bool refused = connector_.classify(error).refused;
            ask_again_from(refused ? clock_.steady() + rest_ : rt::Steady{});
            give_back(nullptr);
            if (!refused) throw;
            std::unique_lock lock(mutex_);
            returned_.wait_until(lock, deadline.at, [&] { return !idle_.empty() || lent_ == 0; });
            if (idle_.empty()) throw;
            ++lent_;
            return take_idle();
        } catch (...) {
            give_back(nullptr);
            throw;
        }
    }

    Connector& connector_;
    const Access access_;
    const std::size_t limit_;
    const std::chrono::milliseconds patience_;
    const std::chrono::milliseconds rest_;
    const rt::SystemClock clock_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::size_t lent_ = 0;
    rt::Steady ask_from_{};  ///< not the beginning: the server refused a session
    std::vector<std::unique_ptr<soci::session>> idle_;
};

}  // namespace dsm::sql

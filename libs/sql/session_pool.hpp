// Sessions of one kind, lent to one thread at a time. Internal to libs/sql.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "libs/sql/connector.hpp"

namespace dsm::sql {

/// At most `limit` sessions, opened when first needed. Safe from any thread.
class SessionPool {
public:
    SessionPool(Connector& connector, Access access, std::size_t limit,
                std::chrono::milliseconds patience = std::chrono::seconds(30))
        : connector_(connector), access_(access), limit_(limit), patience_(patience) {}

    /// One lent session; goes back by itself unless it was dropped.
    class Lease {
    public:
        Lease(SessionPool& pool, std::unique_ptr<soci::session> session)
            : pool_(pool), session_(std::move(session)) {}
        ~Lease() { pool_.give_back(std::move(session_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;

        soci::session& operator*() { return *session_; }
        /// The session is broken: the next one is opened anew.
        void drop() { session_.reset(); }

    private:
        SessionPool& pool_;
        std::unique_ptr<soci::session> session_;
    };

    /// Waits while all are lent, at most `patience`. Throws soci::soci_error when none came free
    /// by then or a new session cannot be opened.
    Lease borrow() {
        std::unique_lock lock(mutex_);
        if (!returned_.wait_for(lock, patience_, [&] { return lent_ < limit_; })) {
            throw soci::soci_error("all database sessions are busy");
        }
        ++lent_;
        if (!idle_.empty()) {
            auto session = std::move(idle_.back());
            idle_.pop_back();
            return {*this, std::move(session)};
        }
        lock.unlock();
        try {
            return {*this, connector_.connect(access_)};
        } catch (...) {
            give_back(nullptr);
            throw;
        }
    }

    void give_back(std::unique_ptr<soci::session> session) {
        std::lock_guard lock(mutex_);
        --lent_;
        if (session) idle_.push_back(std::move(session));
        returned_.notify_one();
    }

private:
    Connector& connector_;
    const Access access_;
    const std::size_t limit_;
    const std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::size_t lent_ = 0;
    std::vector<std::unique_ptr<soci::session>> idle_;
};

}  // namespace dsm::sql

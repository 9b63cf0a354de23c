// Which of several relays on one store delivers. The others stand ready.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "libs/rt/clock.hpp"
#include "libs/sql/advisory_locks.hpp"

namespace dsm::outbox {

/// Keeps two relays from doing the same work, and no more: what is delivered rests on entry ids and
/// event ids, also for the moment in which there are two.
class Leadership {
public:
    /// Without `turns` it is always ours.
    Leadership(sql::AdvisoryLocks* turns, const rt::Clock& clock) : turns_(turns), clock_(clock) {}

    bool ours() const { return turns_ == nullptr || (lock_ && lock_->held()); }
    /// Takes it if it is free. To be asked at every look: so it is taken over within about one.
    boost::asio::awaitable<bool> seek();
    void give_up() { lock_.reset(); }

private:
    sql::AdvisoryLocks* turns_;
    const rt::Clock& clock_;
    std::unique_ptr<sql::AdvisoryLocks::Lock> lock_;
};

}  // namespace dsm::outbox

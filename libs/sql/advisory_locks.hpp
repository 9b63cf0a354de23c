// Turns by name, across processes: whoever holds a name keeps every other process of its service on
// the same PostgreSQL from holding it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "libs/base/result.hpp"
#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"
#include "libs/sql/database.hpp"

namespace dsm::sql {

/// Session-level advisory locks of one dedicated session, however many names are held. The key is
/// 64 bits of a digest of the service and the name: two names that meet there only take turns. On
/// SQLite the process is the only one, and names take turns within it.
///
/// Not a fence: when the session is lost, all it held is free at once, and whoever held it may be
/// in the middle of an act. `Lock::held` says so as soon as the session's end arrives (a killed
/// server), at the latest 5 s after a server stopped answering. A process that is killed gives its
/// names up at once; a host that is lost, after 11 s: then the server's keepalives end the session.
///
/// Belongs to one thread's executor.
class AdvisoryLocks {
public:
    AdvisoryLocks(const DatabaseSettings& settings, const boost::asio::any_io_executor& executor,
                  const rt::Clock& clock, rt::Random& random);
    ~AdvisoryLocks();
    AdvisoryLocks(const AdvisoryLocks&) = delete;
    AdvisoryLocks& operator=(const AdvisoryLocks&) = delete;

    /// A held name. Destroying it gives the name up.
    class Lock;

    /// Waits for its turn until `deadline`, one that has passed asks once; a newcomer does not
    /// overtake a process that waits. Free of others it costs one round trip. kConflict: somebody
    /// else held it all the time; kUnavailable: the server does not answer.
    boost::asio::awaitable<Result<std::unique_ptr<Lock>>> take(std::string name,
                                                               rt::Deadline deadline);

    /// Gives all names up and ends the session. A connect under way is not cut short: with this
    /// object's end the last who uses it waits for it, 2 s for each address of the server.
    boost::asio::awaitable<void> close(std::chrono::milliseconds limit);

private:
    struct State;
    std::shared_ptr<State> state_;
};

class AdvisoryLocks::Lock {
public:
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    /// False once the session that held it has ended. It does not come back: take it again. Looks
    /// at what the server sent, and does not wait.
    bool held() const;

private:
    friend class AdvisoryLocks;
    struct Grip;
    explicit Lock(std::unique_ptr<Grip> grip);
    std::unique_ptr<Grip> grip_;
};

}  // namespace dsm::sql

// One PostgreSQL session on the caller's executor: a statement waits without a thread, and the end
// of the session is noticed when it comes. Internal to libs/sql.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <memory>
#include <string>

#include "libs/base/result.hpp"
#include "libs/rt/blocking_pool.hpp"
#include "libs/rt/clock.hpp"

struct pg_conn;

namespace dsm::sql {

/// Belongs to one thread's executor. A statement that is not answered within 3 s of being sent ends
/// the session (one that waits behind others has not been sent):
/// whoever relies on it learns no later than that of a server that is frozen or out of reach.
class LockSession {
public:
    /// `connecting` runs the connect, which is bounded by 2 s an address. kUnavailable: no session.
    static boost::asio::awaitable<Result<std::shared_ptr<LockSession>>> open(
        std::string dsn, rt::BlockingPool& connecting, const rt::Clock& clock);
    ~LockSession();
    LockSession(const LockSession&) = delete;
    LockSession& operator=(const LockSession&) = delete;

    bool alive() const { return alive_; }
    /// The same, after a look at what has arrived: also right for a caller that has not let the
    /// executor run for a while. Does not wait.
    bool still_alive();
    /// Ends it now; statements that wait end with kUnavailable.
    void end();

    /// The first column of the last row, as text. kUnavailable: the session ended, and whether the
    /// statement ran does not matter any more, since what it took is given up. Never leaves a
    /// statement behind, also when the caller is cancelled. Statements run in the order of calls.
    boost::asio::awaitable<Result<std::string>> ask(std::string statement);
    /// The same without waiting for it.
    void tell(std::string statement);

    /// Reads the answers until the session ended. To be run once, in a scope of the owner.
    boost::asio::awaitable<void> listen();

private:
    struct Statement;
    struct Close {
        void operator()(pg_conn* connection) const;
    };
    using Connection = std::unique_ptr<pg_conn, Close>;

    LockSession(Connection connection, const boost::asio::any_io_executor& executor,
                const rt::Clock& clock);
    static Result<Connection> connect(const std::string& dsn);
    std::shared_ptr<Statement> enqueue(std::string statement);
    void send_next();
    void read();
    void take_answers();

    Connection connection_;
    boost::asio::posix::stream_descriptor socket_;  ///< a copy of libpq's, to wait on
    const rt::Clock& clock_;
    std::deque<std::shared_ptr<Statement>> statements_;  ///< the first one is being answered
    bool alive_ = true;
};

}  // namespace dsm::sql

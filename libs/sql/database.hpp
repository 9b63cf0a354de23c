// One service's database: SQLite (a file) or PostgreSQL, behind a small pool of threads and
// sessions.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "libs/rt/blocking_pool.hpp"

namespace soci {
class session;
}

namespace dsm::sql {

enum class Dialect { kSqlite, kPostgresql };

/// When SQLite's COMMIT has reached the disk: kFull survives a power cut, kNormal a kill.
/// PostgreSQL's always has.
enum class Durability { kFull, kNormal };

struct DatabaseSettings {
    Dialect dialect = Dialect::kSqlite;
    std::string path;     ///< SQLite: the file; its folder exists. ":memory:" for tests
    std::string dsn;      ///< PostgreSQL: libpq's URI or keywords; never logged
    std::string service;  ///< for messages: "sprint-service"
    Durability durability = Durability::kNormal;
    std::size_t readers = 1;  ///< sessions for reads; writes always share one session on SQLite
    /// SQLite: how long a write waits for another process's lock. While one is known to hold it,
    /// writes wait for a moment only, so that they don't wait for it one after another.
    std::chrono::milliseconds busy_timeout = std::chrono::seconds(3);
    std::size_t writers = 4;  ///< PostgreSQL: sessions for writes
    /// From the call of `read` or `write` to its outcome.
    std::chrono::milliseconds limit = std::chrono::seconds(30);
    /// PostgreSQL: for each address of the server; from 2 s, in whole seconds.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(2);
    /// PostgreSQL: after which the server gives up a statement; half of it for a lock.
    std::chrono::milliseconds statement_timeout = std::chrono::seconds(10);
};

/// One numbered step, applied once, in order, each in a transaction. Statements are separated by
/// ";\n".
struct Migration {
    int number;  ///< 1, 2, 3, …
    const char* name;
    const char* sqlite;
    const char* postgresql;  ///< nullptr: the same text as `sqlite`
};

/// Open by one service. `read` and `write` are called from the service's executor; the function
/// runs on a pool thread with a session of its own and must not touch the service's state. SOCI's
/// exceptions end here: a unique violation is kConflict, a busy or lost database kUnavailable,
/// anything else kUnavailable with the database's text. When the answer to COMMIT is lost,
/// PostgreSQL is asked what became of the transaction; kUnknown when nobody can be asked within the
/// limit.
///
/// On PostgreSQL the limit also ends what waits for a server that is frozen, and while a server is
/// known not to answer, one transaction at a time tries it and the others fail at once.
class Database {
public:
    /// Opens, creates the file if absent, applies missing migrations. A store written by a newer
    /// version is refused with a sentence that names the file and both numbers.
    static Result<std::unique_ptr<Database>> open(DatabaseSettings settings,
                                                  const std::vector<Migration>& migrations);
    ~Database();

    Dialect dialect() const;

    /// Runs `work` in a read transaction (one snapshot).
    template <class F>
    boost::asio::awaitable<std::invoke_result_t<F, soci::session&>> read(F work) {
        using R = std::invoke_result_t<F, soci::session&>;
        std::optional<R> result;
        auto outcome = co_await run(Kind::kRead, [&](soci::session& session) -> Result<void> {
            result.emplace(work(session));
            if (!*result) return std::unexpected(result->error());
            return {};
        });
        if (!outcome) co_return std::unexpected(outcome.error());
        co_return std::move(*result);
    }

    /// Runs `work` in one write transaction: committed when it returns a value, rolled back on an
    /// error or exception. One writer at a time on SQLite, so `work` sees no change under it. Those
    /// that wait for a SQLite file are committed together. May be run again, after a serialization
    /// failure or beside one that failed: keep it free of other effects.
    template <class F>
    boost::asio::awaitable<std::invoke_result_t<F, soci::session&>> write(F work) {
        using R = std::invoke_result_t<F, soci::session&>;
        std::optional<R> result;
        auto outcome = co_await run(Kind::kWrite, [&](soci::session& session) -> Result<void> {
            result.emplace(work(session));
            if (!*result) return std::unexpected(result->error());
            return {};
        });
        if (!outcome) co_return std::unexpected(outcome.error());
        co_return std::move(*result);
    }

    /// The same as `write` on the calling thread, for start-up and tools. Blocks, for a minute at
    /// the longest.
    Result<void> write_now(const std::function<Result<void>(soci::session&)>& work);

    /// True if it can be read and, by all that is known, written. Quick; while somebody asks, a
    /// look at it at most once a second, and a small write where none was committed for 30 s.
    bool healthy() const;
    /// The same from what is known already, without a look at it: for what must wait for nothing.
    /// It is a question as well, and what it makes be found is there for the next.
    bool last_known_healthy() const;
    /// What is wrong with it, a sentence for clients; empty when nothing is known to be.
    std::string ailment() const;

private:
    enum class Kind { kRead, kWrite };
    boost::asio::awaitable<Result<void>> run(Kind kind,
                                             std::function<Result<void>(soci::session&)> work);

    Database();
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dsm::sql

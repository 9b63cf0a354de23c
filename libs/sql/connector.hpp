// What differs between the two dialects: how a session is opened, begun, ended, and what its
// errors mean. Internal to libs/sql; everything here blocks and runs on pool threads.
#pragma once

#include <memory>
#include <string>

#include "libs/base/result.hpp"
#include "libs/sql/database.hpp"

namespace soci {
class session;
class soci_error;
}  // namespace soci

namespace dsm::sql {

enum class Access { kRead, kWrite };

/// What an error says of the store itself.
enum class Harm {
    kNone,         ///< nothing: a conflict, a lost connection
    kCannotWrite,  ///< full, read-only, refused by the disk
    kHeld,         ///< somebody else's lock, for longer than a write waits
    kDamaged,      ///< what is in it is not what was put there
};

/// What a database error means to whoever ran the transaction.
struct Failure {
    Error error;  ///< its `cause` is set where `harm` is
    Harm harm = Harm::kNone;
    bool session_lost = false;       ///< the session is of no more use: open another
    bool again = false;              ///< nothing happened, and the same work may succeed at once
    bool unknown_at_commit = false;  ///< during COMMIT: it may have happened all the same
};

/// Functions throw soci::soci_error unless said otherwise. Safe from several threads, each with its
/// own session.
class Connector {
public:
    virtual ~Connector() = default;

    /// A session set up for `access`: time limits, foreign keys, durability.
    virtual std::unique_ptr<soci::session> connect(Access access) = 0;
    virtual void begin(soci::session& session, Access access) = 0;
    virtual void commit(soci::session& session) = 0;
    /// Never throws; a transaction that is over already is left alone.
    virtual void rollback(soci::session& session) noexcept = 0;

    /// Keeps other processes from migrating until the open transaction ends, and makes the place of
    /// the tables. What follows in the transaction sees what the others committed. The first
    /// statement of its transaction.
    virtual void lock_for_migration(soci::session& session) = 0;

    virtual Failure classify(const soci::soci_error& error) const = 0;

    /// A trivial statement that reads. Never throws.
    virtual bool answers(soci::session& session) const noexcept = 0;
    /// Commits one small row, on a session of `connect(Access::kWrite)`; waits for a lock for a
    /// moment only.
    virtual void try_writing(soci::session& session) = 0;
    /// Throws if the store is known to take no writes, without writing.
    virtual void refuse_read_only(soci::session& session) = 0;
    /// True if asking may take long, so that it must not be done on a service's thread.
    virtual bool is_remote() const = 0;
    /// What messages call the store: the file, or "the PostgreSQL schema sprint_service".
    virtual std::string where() const = 0;
};

std::unique_ptr<Connector> make_sqlite_connector(const DatabaseSettings& settings);
std::unique_ptr<Connector> make_postgresql_connector(const DatabaseSettings& settings);

/// True for a store without a file: it lives in one session and dies with it.
bool is_in_memory(const DatabaseSettings& settings);

}  // namespace dsm::sql

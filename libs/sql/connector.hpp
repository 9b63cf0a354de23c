// What differs between the two dialects: how a session is opened, begun, ended, and what its
// errors mean. Internal to libs/sql; everything here blocks and runs on pool threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libs/base/result.hpp"
#include "libs/rt/alarms.hpp"
#include "libs/sql/database.hpp"

namespace soci {
class session;
class soci_error;
}  // namespace soci

namespace dsm::sql {

enum class Access {
    kRead,
    kGlance,  ///< reads, and waits for another process's lock for a moment only
    kWrite,
};

/// What an error says of the store itself.
enum class Harm {
    kNone,         ///< nothing: a conflict, a lost connection
    kCannotWrite,  ///< full, read-only, refused by the disk
    kHeld,         ///< somebody else's lock, for longer than a write waits
    kDamaged,      ///< what is in it is not what was put there
};

/// What a database error means to whoever ran the transaction.
struct Failure {
    Error error;  ///< its `cause` is set where `harm` is, and where the server cannot be used
    Harm harm = Harm::kNone;
    bool session_lost = false;       ///< the session is of no more use: open another
    bool again = false;              ///< nothing happened, and the same work may succeed at once
    bool unknown_at_commit = false;  ///< during COMMIT: it may have happened all the same
    bool no_answer = false;          ///< a server that was waited for in vain
    bool no_session = false;         ///< none could be opened
    bool refused = false;            ///< a server that can be reached gave none
    bool table_missing = false;      ///< what the work needs is not there any more

    /// It says that the server cannot be used now, not only that this work failed.
    bool unreachable() const { return session_lost || no_answer || no_session; }
};

/// What became of a transaction.
enum class Fate {
    kCommitted,
    kAborted,    ///< nothing of it happened, nor will
    kUndecided,  ///< it is still open, or nobody could be asked: ask again
    kUntold,     ///< asking again does not help
};

struct Schema;

/// For `Connector::told`.
inline constexpr std::string_view kNoAnswer = "does not answer; it goes on by itself once it does";

/// Functions throw soci::soci_error unless said otherwise. Safe from several threads, each with its
/// own session.
class Connector {
public:
    virtual ~Connector() = default;

    /// A session set up for `access`: time limits, foreign keys, durability.
    virtual std::unique_ptr<soci::session> connect(Access access) = 0;
    /// Ends what the session waits for once `deadline` has passed, and the session with it: its
    /// waits throw then. Null where waits have limits of their own.
    virtual std::unique_ptr<rt::Alarms::Alarm> guard(soci::session& session,
                                                     rt::Deadline deadline) = 0;

    /// Gives the transaction's id for `fate_of`; empty for one whose fate cannot be told.
    virtual std::string begin(soci::session& session, Access access) = 0;
    virtual void commit(soci::session& session) = 0;
    /// Never throws; a transaction that is over already is left alone.
    virtual void rollback(soci::session& session) noexcept = 0;

    /// Begins a transaction during which no other process migrates, and makes the place of the
    /// tables. What follows in it sees what the others committed.
    virtual void begin_migration(soci::session& session) = 0;

    /// Asks once, on a session of its own, what became of the transaction `id`, the answer to whose
    /// COMMIT was lost. One that still waits for its COMMIT is ended. Does not throw.
    virtual Fate fate_of(const std::string& id, rt::Deadline deadline) noexcept = 0;

    virtual Failure classify(const soci::soci_error& error) const = 0;

    /// A trivial statement that reads. Never throws.
    virtual bool answers(soci::session& session) const noexcept = 0;
    /// Commits one small row, on a session of `connect(Access::kWrite)`; waits for a lock for a
    /// moment only.
    virtual void try_writing(soci::session& session) = 0;
    /// Throws if the store is known to take no writes, without writing.
    virtual void refuse_read_only(soci::session& session) = 0;
    /// What of `schema` is not there any more, for `told`; empty for nothing, and for a newer
    /// version's store. One quick question.
    virtual std::string lacking(soci::session&, const Schema&) { return {}; }
    /// True if asking may take long, so that it must not be done on a service's thread.
    virtual bool is_remote() const = 0;
    /// What messages call the store: the file, or "the PostgreSQL schema sprint_service at h:5432".
    virtual std::string where() const = 0;
    /// The same without what is not for clients, as the server's address.
    virtual std::string name_for_clients() const { return where(); }
    /// A sentence for clients, fit for the `cause` of an error: the store's name, and `what`.
    std::string told(std::string_view what) const {
        std::string sentence = name_for_clients();
        if (sentence.starts_with("the ")) sentence.front() = 'T';
        return sentence.append(" ").append(what).append(".");
    }
};

std::unique_ptr<Connector> make_sqlite_connector(const DatabaseSettings& settings);
std::unique_ptr<Connector> make_postgresql_connector(const DatabaseSettings& settings);

/// True for a store without a file: it lives in one session and dies with it.
bool is_in_memory(const DatabaseSettings& settings);

}  // namespace dsm::sql

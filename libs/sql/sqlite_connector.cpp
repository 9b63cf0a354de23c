// SQLite: write-ahead log, one writer, and errors that say what is wrong with the file.
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>

#include "libs/sql/connector.hpp"

namespace dsm::sql {
namespace {

namespace fs = std::filesystem;

/// Long enough for a lock of our own process, short enough for a queue of writes.
constexpr std::chrono::milliseconds kPatienceWhileHeld{100};

sqlite_api::sqlite3* handle_of(soci::session& session) {
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

constexpr auto kAsIs = boost::urls::pchars + '/';

/// Why the file cannot even be tried, or an empty text. SQLite itself only says "unable to open".
std::string obstacle(const std::string& path) {
    std::error_code ignored;
    const fs::path file(path);
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (!fs::exists(folder, ignored)) {
        return fmt::format("the folder {} does not exist", folder.string());
    }
    if (!fs::is_directory(folder, ignored)) {
        return fmt::format("{} is not a folder", folder.string());
    }
    if (fs::is_directory(file, ignored)) return fmt::format("{} is a folder, not a file", path);
    return {};
}

/// Which file a path names. An absent one is no file.
using FileId = std::optional<std::pair<dev_t, ino_t>>;
FileId file_at(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) return std::nullopt;
    return std::pair(found.st_dev, found.st_ino);
}

/// The name that SQLite opens, a URI without its `mode`. Encoded, a path has none of the
/// blanks and quotes at which SOCI splits its connection string.
std::string name_of(const DatabaseSettings& settings) {
    if (is_in_memory(settings)) return settings.path;
    std::error_code ignored;  // a folder that is gone: as it was given, which then does not open
    const fs::path path = fs::absolute(settings.path, ignored);
    return "file://" + boost::urls::encode(path.empty() ? settings.path : path.string(), kAsIs);
}

/// Debian's SQLite does by itself; another's has to be told before it is first used.
bool takes_uris() {
    static const bool takes = sqlite_api::sqlite3_compileoption_used("USE_URI") != 0 ||
                              sqlite_api::sqlite3_config(SQLITE_CONFIG_URI, 1) == SQLITE_OK;
    return takes;
}

class SqliteConnector final : public Connector {
public:
    explicit SqliteConnector(const DatabaseSettings& settings)
        : settings_(settings), name_(name_of(settings)) {}

    std::unique_ptr<soci::session> connect(Access access) override {
        if (!is_in_memory(settings_)) {
            if (auto why = obstacle(settings_.path); !why.empty()) throw soci::soci_error(why);
        }
        auto session = open();
        sqlite_api::sqlite3_extended_result_codes(handle_of(*session), 1);
        set_patience(*session,
                     access == Access::kGlance ? kPatienceWhileHeld : settings_.busy_timeout);
        *session << "PRAGMA foreign_keys = ON";
        *session << "PRAGMA journal_mode = WAL";
        *session << (settings_.durability == Durability::kFull ? "PRAGMA synchronous = FULL"
                                                               : "PRAGMA synchronous = NORMAL");
        // A process of five services holds many sessions; the system's page cache stands behind
        // them.
        *session << "PRAGMA cache_size = -512";
        // Four times the default: a checkpoint syncs the file, and a burst of writes should see
        // few.
        *session << "PRAGMA wal_autocheckpoint = 4000";
        if (access != Access::kWrite && !is_in_memory(settings_)) {
            *session << "PRAGMA query_only = ON";
        }
        return session;
    }

    /// The busy timeout limits each wait.
    std::unique_ptr<rt::Alarms::Alarm> guard(soci::session&, rt::Deadline) override { return {}; }

    std::string begin(soci::session& session, Access access) override {
        if (access != Access::kWrite) {
            execute(session, "BEGIN");
            return {};
        }
        refuse_moved(session);
        // IMMEDIATE takes the write lock now: a lock taken later, by an upgrade, can fail at once.
        set_patience(session, held_ ? kPatienceWhileHeld : settings_.busy_timeout);
        const int code = run(session, "BEGIN IMMEDIATE");
        held_ = (code & 0xff) == SQLITE_BUSY;
        if (code != SQLITE_OK) throw_last(session, code);
        return {};
    }
    void commit(soci::session& session) override { execute(session, "COMMIT"); }
    void rollback(soci::session& session) noexcept override {
        auto* handle = handle_of(session);
        if (sqlite_api::sqlite3_get_autocommit(handle)) return;
        sqlite_api::sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
    }

    void begin_migration(soci::session& session) override { begin(session, Access::kWrite); }
    Fate fate_of(const std::string&, rt::Deadline) noexcept override { return Fate::kUntold; }

    Failure classify(const soci::soci_error& error) const override {
        const auto* native = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
        const int extended = native != nullptr ? native->result() : SQLITE_ERROR;
        const std::string said = error.get_error_message();
        switch (extended) {
            case SQLITE_CONSTRAINT_UNIQUE:
            case SQLITE_CONSTRAINT_PRIMARYKEY:
            case SQLITE_CONSTRAINT_ROWID:
                return {.error = {ErrorCode::kConflict, said}};
            default:
                break;
        }
        return harm_of(extended, said);
    }

    bool answers(soci::session& session) const noexcept override {
        if (is_moved(session)) return false;
        return sqlite_api::sqlite3_exec(handle_of(session), "SELECT 1 FROM schema_migrations",
                                        nullptr, nullptr, nullptr) == SQLITE_OK;
    }
    void try_writing(soci::session& session) override {
        refuse_moved(session);
        set_patience(session, kPatienceWhileHeld);
        execute(session, "BEGIN IMMEDIATE");
        // Nobody reads this number. Unlike a row that is updated to what it is, it is written anew.
        execute(session, "PRAGMA user_version = 0");
        execute(session, "COMMIT");
    }
    /// A file's permissions say little: its disk may be full, or its file system read-only.
    void refuse_read_only(soci::session&) override {}
    bool is_remote() const override { return false; }
    std::string where() const override { return settings_.path; }

private:
    /// The first session may make the file. For the later ones it must be that very file: an empty
    /// one in its place would be taken for the store, and would spoil its log when it comes back.
    std::unique_ptr<soci::session> open() {
        if (is_in_memory(settings_)) {
            return std::make_unique<soci::session>(soci::sqlite3, "db=" + name_);
        }
        if (!takes_uris()) throw soci::soci_error("this SQLite takes no URIs; use Debian's");
        std::lock_guard lock(mutex_);
        std::unique_ptr<soci::session> session;
        try {
            session = std::make_unique<soci::session>(
                soci::sqlite3, fmt::format("db={}?mode={}", name_, file_ ? "rw" : "rwc"));
        } catch (const soci::soci_error&) {
            if (file_ && file_at(settings_.path) != file_) throw_moved();
            throw;
        }
        // In this order: what the session has open is the file that was at the path just before.
        const auto there = file_at(settings_.path);
        if ((file_ && there != file_) || is_moved(*session)) throw_moved();
        file_ = there;
        return session;
    }

    /// What is written to a file that is no longer at its path is lost to the next start. SQLite
    /// itself looks for that only where it keeps no write-ahead log.
    static bool is_moved(soci::session& session) noexcept {
        int moved = 0;
        sqlite_api::sqlite3_file_control(handle_of(session), "main", SQLITE_FCNTL_HAS_MOVED,
                                         &moved);
        return moved != 0;
    }
    static void refuse_moved(soci::session& session) {
        if (is_moved(session)) throw_moved();
    }
    [[noreturn]] static void throw_moved() {
        throw soci::sqlite3_soci_error("moved", SQLITE_READONLY_DBMOVED);
    }

    /// What a code says of the file, and what to do about it.
    Failure harm_of(int extended, const std::string& said) const {
        const auto failure = [&](Harm harm, const std::string& why, const std::string& advice) {
            const auto& path = settings_.path;
            Failure made{.error = {ErrorCode::kUnavailable, fmt::format("{}: {}", path, why)},
                         .harm = harm};
            if (harm == Harm::kNone) return made;
            made.error.message += "; " + advice;
            made.error.cause = made.error.message + ".";
            return made;
        };
        switch (extended & 0xff) {
            case SQLITE_NOTADB:
                return failure(Harm::kDamaged, "this file is not a database",
                               "move it away or name another");
            case SQLITE_CORRUPT:
                return failure(Harm::kDamaged, fmt::format("the database is damaged ({})", said),
                               "look with `dsm doctor`, and restore it from a backup");
            case SQLITE_CANTOPEN:
                return failure(Harm::kCannotWrite, "it cannot be opened or created",
                               "check who may write there");
            case SQLITE_READONLY:
                if (extended == SQLITE_READONLY_DBMOVED) {
                    return failure(
                        Harm::kCannotWrite, "the file was moved away, or another took its place",
                        "put it back, or restart the service to go on with what is there");
                }
                return failure(Harm::kCannotWrite, "it may be read but not written",
                               "check its permissions");
            case SQLITE_FULL:
                return failure(Harm::kCannotWrite, "the disk is full",
                               "it goes on by itself once there is room");
            case SQLITE_BUSY:
            case SQLITE_LOCKED:
                return failure(Harm::kHeld, "another process holds the database",
                               "it goes on by itself once that lets go");
            case SQLITE_IOERR: {
                auto made = failure(Harm::kCannotWrite, fmt::format("the disk failed ({})", said),
                                    "look at the disk and the system's log");
                made.unknown_at_commit = true;
                return made;
            }
            default:
                return failure(Harm::kNone, said, "");
        }
    }

    static bool is_limit(int system) { return system == EFBIG || system == EDQUOT; }
    /// Why the last operation on the write-ahead log failed.
    static int log_errno(sqlite_api::sqlite3* handle) {
        sqlite_api::sqlite3_file* log = nullptr;
        int system = 0;
        const bool found = sqlite_api::sqlite3_file_control(
                               handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK;
        if (!found || log == nullptr || log->pMethods == nullptr) return 0;
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &system);
        return system;
    }

    static void set_patience(soci::session& session, std::chrono::milliseconds patience) {
        sqlite_api::sqlite3_busy_timeout(handle_of(session), static_cast<int>(patience.count()));
    }

    /// Past SOCI's statement objects: these run around every transaction and bind nothing.
    static int run(soci::session& session, const char* statement) {
        return sqlite_api::sqlite3_exec(handle_of(session), statement, nullptr, nullptr, nullptr);
    }
    [[noreturn]] static void throw_last(soci::session& session, int code) {
        auto* handle = handle_of(session);
        // SQLite takes only ENOSPC for a full disk. A limit for files, or a quota, is one as well:
        // nothing of the transaction is in the log then.
        if (code == SQLITE_IOERR_WRITE && is_limit(log_errno(handle))) code = SQLITE_FULL;
        throw soci::sqlite3_soci_error(sqlite_api::sqlite3_errmsg(handle), code);
    }
    static void execute(soci::session& session, const char* statement) {
        const int code = run(session, statement);
        if (code != SQLITE_OK) throw_last(session, code);
    }

    const DatabaseSettings settings_;
    const std::string name_;
    std::mutex mutex_;
    FileId file_;                     ///< what the first session opened or made
    std::atomic<bool> held_ = false;  ///< the last write waited for another process in vain
};

}  // namespace

std::unique_ptr<Connector> make_sqlite_connector(const DatabaseSettings& settings) {
    return std::make_unique<SqliteConnector>(settings);
}

bool is_in_memory(const DatabaseSettings& settings) {
    return settings.dialect == Dialect::kSqlite && settings.path == ":memory:";
}

}  // namespace dsm::sql

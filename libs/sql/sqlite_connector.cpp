// SQLite: write-ahead log, one writer, and errors that say what is wrong with the file.
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <atomic>
#include <filesystem>

#include "libs/sql/connector.hpp"

namespace dsm::sql {
namespace {

namespace fs = std::filesystem;

sqlite_api::sqlite3* handle_of(soci::session& session) {
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

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

class SqliteConnector final : public Connector {
public:
    explicit SqliteConnector(const DatabaseSettings& settings) : settings_(settings) {}

    std::unique_ptr<soci::session> connect(Access access) override {
        if (!is_in_memory(settings_)) {
            if (auto why = obstacle(settings_.path); !why.empty()) throw soci::soci_error(why);
            // An empty file in the place of a store that is gone would be taken for the store, and
            // would spoil its log when it comes back.
            if (made_ && !fs::exists(settings_.path)) {
                throw soci::soci_error("the file is gone; put it back, or restart the service");
            }
        }
        // SOCI splits its connection string at blanks; the quotes keep such a path whole.
        auto session = std::make_unique<soci::session>(soci::sqlite3,
                                                       fmt::format("db=\"{}\"", settings_.path));
        sqlite_api::sqlite3_extended_result_codes(handle_of(*session), 1);
        sqlite_api::sqlite3_busy_timeout(handle_of(*session), 5'000);
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
        if (access == Access::kRead && !is_in_memory(settings_)) {
            *session << "PRAGMA query_only = ON";
        }
        made_ = true;
        return session;
    }

    void begin(soci::session& session, Access access) override {
        // IMMEDIATE takes the write lock now: a lock taken later, by an upgrade, can fail at once.
        execute(session, access == Access::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
    }
    void commit(soci::session& session) override { execute(session, "COMMIT"); }
    void rollback(soci::session& session) noexcept override {
        auto* handle = handle_of(session);
        if (sqlite_api::sqlite3_get_autocommit(handle)) return;
        sqlite_api::sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
    }

    /// BEGIN IMMEDIATE keeps them out already.
    void lock_for_migration(soci::session&) override {}

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
        const auto unavailable = [&](std::string why) {
            return Failure{
                .error = {ErrorCode::kUnavailable, fmt::format("{}: {}", settings_.path, why)}};
        };
        switch (extended & 0xff) {
            case SQLITE_NOTADB:
                return unavailable("this file is not a database; move it away or name another");
            case SQLITE_CORRUPT:
                return unavailable(fmt::format("the database is damaged ({})", said));
            case SQLITE_CANTOPEN:
                return unavailable("it cannot be opened or created; check who may write there");
            case SQLITE_READONLY:
                return unavailable("it may be read but not written; check its permissions");
            case SQLITE_FULL:
                return unavailable("the disk is full");
            case SQLITE_BUSY:
            case SQLITE_LOCKED:
                return unavailable("another process holds the database");
            case SQLITE_IOERR: {
                auto failure = unavailable(said);
                failure.unknown_at_commit = true;
                return failure;
            }
            default:
                return unavailable(said);
        }
    }

    bool answers(soci::session& session) const noexcept override {
        std::error_code ignored;
        if (!is_in_memory(settings_) && !fs::exists(settings_.path, ignored)) return false;
        return sqlite_api::sqlite3_exec(handle_of(session), "SELECT 1 FROM schema_migrations",
                                        nullptr, nullptr, nullptr) == SQLITE_OK;
    }
    bool is_remote() const override { return false; }
    std::string where() const override { return settings_.path; }

private:
    /// Past SOCI's statement objects: these run around every transaction and bind nothing.
    static void execute(soci::session& session, const char* statement) {
        auto* handle = handle_of(session);
        const int code = sqlite_api::sqlite3_exec(handle, statement, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) {
            throw soci::sqlite3_soci_error(sqlite_api::sqlite3_errmsg(handle), code);
        }
    }

    const DatabaseSettings settings_;
    std::atomic<bool> made_ = false;  ///< the file was there, or was made, by a session before
};

}  // namespace

std::unique_ptr<Connector> make_sqlite_connector(const DatabaseSettings& settings) {
    return std::make_unique<SqliteConnector>(settings);
}

bool is_in_memory(const DatabaseSettings& settings) {
    return settings.dialect == Dialect::kSqlite && settings.path == ":memory:";
}

}  // namespace dsm::sql

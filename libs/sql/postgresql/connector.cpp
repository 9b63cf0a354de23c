// PostgreSQL: a schema a service, serializable writes, and time limits on every wait.
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <algorithm>
#include <atomic>

#include "libs/sql/connector.hpp"
#include "libs/sql/migrations.hpp"
#include "libs/sql/postgresql/address.hpp"
#include "libs/sql/postgresql/pooler.hpp"
#include "libs/sql/postgresql/refusal.hpp"
#include "libs/sql/postgresql/schema_name.hpp"
#include "libs/sql/postgresql/session.hpp"

namespace dsm::sql {
namespace {

constexpr const char* kForbidden = "42501";

/// The tables that are not in the schema.
constexpr const char* kMissingTables =
    "SELECT string_agg(name, ', ') FROM unnest(ARRAY['{1}']) AS name"
    " WHERE to_regclass('{0}.' || name) IS NULL";

constexpr const char* kIsGone =
    "is gone or empty; restore a backup, or restart the service to begin anew";
constexpr const char* kLacksTables = "lacks the tables {}; restore a backup";
constexpr const char* kIsBehind =
    "is at step {} of {}, as after an older backup was restored; restart the service, which brings "
    "it up to date";
constexpr const char* kMayNotBeUsed = "does not let its role use it any more; grant that again";

std::string in_ms(std::chrono::milliseconds limit) {
    return fmt::format("'{}ms'", limit.count());
}

class PostgresqlConnector final : public Connector {
public:
    explicit PostgresqlConnector(const DatabaseSettings& settings)
        : settings_(settings), schema_(schema_name(settings.service)) {}

    std::unique_ptr<soci::session> connect(Access access) override {
        auto session = open_session(connect_string(), settings_.connect_timeout, alarms_);
        if (const auto why = too_old(PQserverVersion(connection_of(*session))); !why.empty()) {
            throw CannotConnect(why, false);
        }
        const auto limit = guard(*session, rt::Deadline::after(clock_, settings_.connect_timeout));
        const auto number = number_of(connection_of(*session));
        const auto backend = ask(*session, fmt::format("{}; SET dsm.client_number = '{}';"
                                                       " SELECT pg_backend_pid()",
                                                       preparation(access), number));
        if (limit->disarm()) throw CannotConnect("the server does not answer", true);
        if (is_behind_pooler(connection_of(*session), backend)) note_pooler(*session);
        return session;
    }

    std::unique_ptr<rt::Alarms::Alarm> guard(soci::session& session,
                                             rt::Deadline deadline) override {
        return cut_at(connection_of(session), deadline, alarms_);
    }

    /// A transaction that writes gets its number at once, in the same round trip.
    std::string begin(soci::session& session, Access access) override {
        if (pooled_) return begin_behind_pooler(session, access);
        return ask(session,
                   access == Access::kWrite ? "BEGIN; SELECT pg_current_xact_id()" : "BEGIN");
    }
    void commit(soci::session& session) override {
        // To a transaction that an error has spoiled the server says ROLLBACK and calls it success.
        const bool spoiled = PQtransactionStatus(connection_of(session)) == PQTRANS_INERROR;
        ask(session, "COMMIT");
        if (spoiled) throw soci::postgresql_soci_error("it was spoiled by an error", "25P02");
    }
    void rollback(soci::session& session) noexcept override {
        try {
            ask(session, "ROLLBACK");
        } catch (const soci::soci_error&) {  // the connection is gone, and the transaction with it
        }
    }

    /// Stricter levels would look at the store as it was before the wait for the lock.
    void begin_migration(soci::session& session) override {
        ask(session,
            "BEGIN; SET TRANSACTION ISOLATION LEVEL READ COMMITTED;"
            " SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
        if (pooled_) refuse_moved(session);
        ask(session,
            fmt::format("SELECT pg_advisory_xact_lock(hashtext('dsm'), hashtext('{}'))", schema_));
        // A role that may not make schemas does not have to, where its own is there.
        const auto missing =
            ask(session, fmt::format("SELECT to_regnamespace('{}') IS NULL", schema_));
        if (missing == "t") ask(session, fmt::format("CREATE SCHEMA {}", schema_));
    }

    Fate fate_of(const std::string& id, rt::Deadline deadline) noexcept override {
        try {
            const auto session = connect(Access::kRead);
            const auto limit = guard(*session, deadline);
            const auto status = ask(*session, fmt::format("SELECT pg_xact_status('{}')", id));
            if (status == "committed") return Fate::kCommitted;
            if (status == "aborted") return Fate::kAborted;
            if (status != "in progress") return Fate::kUntold;
            ask(*session, fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                      " WHERE backend_xid = xid('{}'::xid8)"
                                      " AND state LIKE 'idle in transaction%'",
                                      id));
        } catch (const std::exception&) {  // not now, then
        }
        return Fate::kUndecided;
    }

    Failure classify(const soci::soci_error& error) const override {
        const auto* native = dynamic_cast<const soci::postgresql_soci_error*>(&error);
        const std::string state = native != nullptr ? native->sqlstate() : "";
        const std::string said = error.get_error_message();
        if (state == "23505") return {.error = {ErrorCode::kConflict, said}};
        Failure failure{.error = {ErrorCode::kUnavailable, fmt::format("{}: {}", where(), said)}};
        if (const auto* none = dynamic_cast<const CannotConnect*>(&error)) {
            const auto refusal = refusal_in(said);
            failure.no_session = true;
            failure.no_answer = none->silent();
            failure.refused = refusal != Refusal::kNone && refusal != Refusal::kStarting;
            failure.error.cause = told(none->silent() ? kNoAnswer : sentence_of(refusal));
            return failure;
        }
        failure.again = state == "40001" || state == "40P01";
        // 08: connection; 57P: shut down by its administrator. SOCI has no state for a cut socket.
        failure.session_lost = state.starts_with("08") || state.starts_with("57P") ||
                               state.find('\0') == 0 ||
                               error.get_error_category() == soci::soci_error::connection_error;
        failure.unknown_at_commit = failure.session_lost;
        if (failure.session_lost) {
            failure.error.cause = told("ended the session; it is tried again and again");
        }
        failure.table_missing = state == "42P01" || state == "3F000";
        if (failure.table_missing) {
            failure.error.cause = told("lacks what was in it; `dsm doctor` says what");
        }
        if (state == kForbidden) failure.error.cause = told(kMayNotBeUsed);
        if (state == "57014") failure.error.cause = told("took too long for one statement");
        if (state == "55P03") failure.error.cause = told("was locked by others for too long");
        const auto ill = [&](Harm harm, const char* sentence) {
            failure.harm = harm;
            failure.error.cause = told(sentence);
        };
        if (state == "25006") ill(Harm::kCannotWrite, "can be read but not written");
        if (state == "53100") ill(Harm::kCannotWrite, "lies on a disk that is full");
        if (state == "58030") ill(Harm::kCannotWrite, "lies on a disk that failed");
        if (state == "XX001" || state == "XX002") ill(Harm::kDamaged, "is damaged");
        return failure;
    }

    bool answers(soci::session& session) const noexcept override {
        try {
            return ask(session, "SELECT 1") == "1";
        } catch (const soci::soci_error&) {
            return false;
        }
    }
    void try_writing(soci::session& session) override {
        session.begin();
        if (pooled_) refuse_moved(session);
        session << "UPDATE schema_migrations SET name = name WHERE number = 1";
        session.commit();
    }
    void refuse_read_only(soci::session& session) override {
        int refuses = 0;
        session << "SELECT CASE WHEN pg_is_in_recovery()"
                   " OR current_setting('transaction_read_only') = 'on' THEN 1 ELSE 0 END",
            soci::into(refuses);
        if (refuses == 0) return;
        throw soci::postgresql_soci_error("the server takes no writes", "25006");
    }
    std::string lacking(soci::session& session, const Schema& schema) override {
        try {
            const auto missing =
                ask(session, fmt::format(kMissingTables, schema_, fmt::join(schema.tables, "','")));
            // The step first: what later steps make is missing from an older backup too.
            if (!(missing + ",").starts_with("schema_migrations,")) {
                const auto step =
                    ask(session, "SELECT COALESCE(MAX(number), 0) FROM schema_migrations");
                if (std::stoi(step) < schema.step) return fmt::format(kIsBehind, step, schema.step);
            }
            if (missing.empty()) return {};
            const bool all = missing == fmt::format("{}", fmt::join(schema.tables, ", "));
            return all ? kIsGone : fmt::format(kLacksTables, missing);
        } catch (const soci::postgresql_soci_error& error) {
            if (error.sqlstate() != kForbidden) throw;
            return kMayNotBeUsed;
        }
    }
    bool is_remote() const override { return true; }
    std::string where() const override {
        const auto place = dsn_place(settings_.dsn);
        return fmt::format("{}{}{}", name_for_clients(), place.empty() ? "" : " at ", place);
    }
    std::string name_for_clients() const override { return "the PostgreSQL schema " + schema_; }

private:
    /// The handshake's limit holds for each address of the server; libpq counts it in whole seconds
    /// and takes 1 for 2. Keepalives end a session whose server's host is gone.
    std::string connect_string() const {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(settings_.connect_timeout);
        auto dsn = dsn_with(settings_.dsn, "connect_timeout",
                            std::to_string(std::max<long>(seconds.count(), 2)));
        const std::pair<const char*, std::string> options[] = {
            {"tcp_user_timeout", "10000"},
            {"keepalives_idle", "30"},
            {"keepalives_interval", "5"},
            {"keepalives_count", "3"},
            {"fallback_application_name", "dsm " + settings_.service},
        };
        for (const auto& [keyword, value] : options) dsn = dsn_with_default(dsn, keyword, value);
        return dsn;
    }

    /// Its trial is many round trips, so that each of its rounds has a limit of its own.
    void note_pooler(soci::session& session) {
        if (!keeps_sessions_) {
            const auto another = open_session(connect_string(), settings_.connect_timeout, alarms_);
            refuse_shared_sessions(session, *another, settings_.connect_timeout, alarms_);
            keeps_sessions_ = true;
        }
        pooled_ = true;
    }

    /// Within a transaction any pooler keeps to one server process: it is the prepared one, or the
    /// session counts as lost. `begin` comes first, in the same round trip.
    static void refuse_moved(soci::session& session, const std::string& begin = "") {
        const auto found =
            ask(session, begin + "SELECT current_setting('dsm.client_number', true)");
        if (found != number_of(connection_of(session))) {
            throw soci::postgresql_soci_error("the pooler gave the session to another", "08000");
        }
    }
    static std::string begin_behind_pooler(soci::session& session, Access access) {
        refuse_moved(session, "BEGIN; ");
        return access == Access::kWrite ? ask(session, "SELECT pg_current_xact_id()") : "";
    }

    std::string preparation(Access access) const {
        const auto limit = settings_.statement_timeout;
        return fmt::format(
            "SET statement_timeout = {}; SET lock_timeout = {};"
            " SET idle_in_transaction_session_timeout = '30s'; SET client_min_messages = 'warning';"
            " SET search_path = {}; {}",
            in_ms(limit), in_ms(limit / 2), schema_,
            access == Access::kWrite ? "SET default_transaction_isolation = 'serializable'"
                                     : "SET default_transaction_isolation = 'repeatable read';"
                                       " SET default_transaction_read_only = on");
    }

    /// A sentence; empty for a server that has what DSM asks for: pg_current_xact_id came with 13.
    static std::string too_old(int version) {
        if (version >= 130000) return {};
        return fmt::format("the server is PostgreSQL {}.{}, and DSM needs 13 or newer",
                           version / 10000, version % 10000);
    }

    const DatabaseSettings settings_;
    const std::string schema_;
    const rt::SystemClock clock_;
    rt::Alarms alarms_;
    std::atomic<bool> pooled_ = false;
    std::atomic<bool> keeps_sessions_ = false;  ///< the pooler does, as far as was seen
};

}  // namespace

std::unique_ptr<Connector> make_postgresql_connector(const DatabaseSettings& settings) {
    return std::make_unique<PostgresqlConnector>(settings);
}

}  // namespace dsm::sql

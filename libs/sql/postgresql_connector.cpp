// PostgreSQL: a schema a service, serializable writes, and time limits on every statement.
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include "libs/sql/connector.hpp"

namespace dsm::sql {
namespace {

/// "sprint-service" → "sprint_service": a plain identifier, whatever the setting holds.
std::string schema_of(const std::string& service) {
    std::string schema;
    for (const char c : service) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        schema += plain ? c : '_';
    }
    return schema.empty() || (schema[0] >= '0' && schema[0] <= '9') ? "dsm_" + schema : schema;
}

/// The value of a keyword of a libpq connection string, for messages; empty when there is none.
std::string keyword_of(const std::string& dsn, const std::string& name) {
    const auto padded = " " + dsn + " ";
    const auto found = padded.find(" " + name + "=");
    if (found == std::string::npos) return "";
    const auto begin = found + name.size() + 2;
    const bool quoted = padded[begin] == '\'';
    const auto end = padded.find(quoted ? '\'' : ' ', begin + 1);
    return padded.substr(begin + (quoted ? 1 : 0), end - begin - (quoted ? 1 : 0));
}

/// " at host:port"; empty for a server that the string leaves to libpq's defaults.
std::string place_of(const std::string& dsn) {
    const auto host = keyword_of(dsn, "host");
    if (host.empty()) return "";
    const auto port = keyword_of(dsn, "port");
    return fmt::format(" at {}{}{}", host, port.empty() ? "" : ":", port);
}

class PostgresqlConnector final : public Connector {
public:
    explicit PostgresqlConnector(const DatabaseSettings& settings)
        : settings_(settings), schema_(schema_of(settings.service)) {}

    std::unique_ptr<soci::session> connect(Access access) override {
        auto session = std::make_unique<soci::session>();
        try {
            session->open(soci::postgresql,
                          settings_.dsn + " connect_timeout=5 tcp_user_timeout=10000");
        } catch (const soci::soci_error&) {
            // libpq's text may repeat parts of the connection string, and so the password.
            throw soci::postgresql_soci_error("cannot connect", "08001");
        }
        *session << "SET statement_timeout = '10s'";
        *session << "SET lock_timeout = '5s'";
        *session << "SET idle_in_transaction_session_timeout = '30s'";
        *session << "SET client_min_messages = 'warning'";
        *session << fmt::format("SET search_path = {}", schema_);
        if (access == Access::kWrite) {
            *session << "SET default_transaction_isolation = 'serializable'";
        } else {
            *session << "SET default_transaction_isolation = 'repeatable read'";
            *session << "SET default_transaction_read_only = on";
        }
        return session;
    }

    void begin(soci::session& session, Access) override { session.begin(); }
    void commit(soci::session& session) override { session.commit(); }
    void rollback(soci::session& session) noexcept override {
        try {
            session.rollback();
        } catch (const soci::soci_error&) {  // the connection is gone, and the transaction with it
        }
    }

    /// Stricter levels would look at the store as it was before the wait for the lock.
    void lock_for_migration(soci::session& session) override {
        session << "SET TRANSACTION ISOLATION LEVEL READ COMMITTED";
        session << "SELECT pg_advisory_xact_lock(hashtext('dsm'), hashtext(:schema))",
            soci::use(schema_);
        session << fmt::format("CREATE SCHEMA IF NOT EXISTS {}", schema_);
    }

    Failure classify(const soci::soci_error& error) const override {
        const auto* native = dynamic_cast<const soci::postgresql_soci_error*>(&error);
        const std::string state = native != nullptr ? native->sqlstate() : "";
        const std::string said = error.get_error_message();
        if (state == "23505") return {.error = {ErrorCode::kConflict, said}};
        Failure failure{.error = {ErrorCode::kUnavailable, fmt::format("{}: {}", where(), said)}};
        failure.again = state == "40001" || state == "40P01";
        // 08: connection; 57P: shut down by its administrator. SOCI has no state for a cut socket.
        failure.session_lost = state.starts_with("08") || state.starts_with("57P") ||
                               state.find('\0') == 0 ||
                               error.get_error_category() == soci::soci_error::connection_error;
        failure.unknown_at_commit = failure.session_lost;
        const auto ill = [&](Harm harm, const char* sentence) {
            failure.harm = harm;
            failure.error.cause = fmt::format("{} {}.", where(), sentence);
            failure.error.cause[0] = 'T';
        };
        if (state == "25006") ill(Harm::kCannotWrite, "can be read but not written");
        if (state == "53100") ill(Harm::kCannotWrite, "lies on a disk that is full");
        if (state == "58030") ill(Harm::kCannotWrite, "lies on a disk that failed");
        if (state == "XX001" || state == "XX002") ill(Harm::kDamaged, "is damaged");
        return failure;
    }

    bool answers(soci::session& session) const noexcept override {
        try {
            int one = 0;
            session << "SELECT 1", soci::into(one);
            return one == 1;
        } catch (const soci::soci_error&) {
            return false;
        }
    }
    void try_writing(soci::session& session) override {
        session.begin();
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
    bool is_remote() const override { return true; }
    std::string where() const override {
        return "the PostgreSQL schema " + schema_ + place_of(settings_.dsn);
    }

private:
    const DatabaseSettings settings_;
    const std::string schema_;
};

}  // namespace

std::unique_ptr<Connector> make_postgresql_connector(const DatabaseSettings& settings) {
    return std::make_unique<PostgresqlConnector>(settings);
}

}  // namespace dsm::sql

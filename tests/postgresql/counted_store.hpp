// A store with one table of numbered rows on a real server, written through a wire that can fail.
#pragma once

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <chrono>
#include <memory>
#include <string>

#include "libs/rt/clock.hpp"
#include "libs/sql/database.hpp"
#include "libs/sql/postgresql/address.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/faulty_wire.hpp"
#include "tests/chaos/postgresql_beside.hpp"

namespace dsm::testing {

/// One server for the program: making one takes a second or two.
inline chaos::PostgresqlBeside& the_server() {
    static chaos::PostgresqlBeside server("sesame");
    return server;
}

inline std::uint16_t port_of(const ProcessEnvironment& environment) {
    return static_cast<std::uint16_t>(std::stoi(environment.at("POSTGRES_PORT")));
}

/// The time that a statement has.
inline constexpr std::chrono::milliseconds kLimit{5'000};
/// Within which a test sees that the limit ended a call, also on a machine that is busy: less than
/// a wait in line for others' limits takes, or one that nothing ends.
inline constexpr std::chrono::milliseconds kLongAfterTheLimit = 4 * kLimit;

class CountedStore : public ::testing::Test {
protected:
    /// Through `port`; 0: through the wire.
    sql::DatabaseSettings settings(std::uint16_t port = 0) const {
        const auto server = the_server().environment("postgres");
        sql::DatabaseSettings made{.dialect = sql::Dialect::kPostgresql,
                                   .service = "count" + folder_.path(),
                                   .readers = 2,
                                   .limit = kLimit};
        const std::pair<const char*, std::string> parts[] = {
            {"host", "127.0.0.1"},
            {"port", std::to_string(port == 0 ? wire_.port() : port)},
            {"dbname", "postgres"},
            {"user", server.at("POSTGRES_USER")},
            {"password", server.at("POSTGRES_PASSWORD")}};
        for (const auto& [keyword, value] : parts) {
            made.dsn = sql::dsn_with(made.dsn, keyword, value);
        }
        return made;
    }
    static Result<std::unique_ptr<sql::Database>> open(const sql::DatabaseSettings& settings) {
        return sql::Database::open(
            settings, {{1, "rows", "CREATE TABLE rows (number INTEGER NOT NULL)", nullptr}});
    }

    Result<void> add(int number) {
        return await(database_->write([number](soci::session& sql) -> Result<void> {
            sql << "INSERT INTO rows VALUES (:number)", soci::use(number);
            return {};
        }));
    }
    Result<int> count() {
        return await(database_->read([](soci::session& sql) -> Result<int> {
            int rows = 0;
            sql << "SELECT COUNT(*) FROM rows", soci::into(rows);
            return rows;
        }));
    }

    const rt::SystemClock clock_;
    TemporaryFolder folder_;
    FaultyWire wire_{port_of(the_server().environment("postgres"))};
    std::unique_ptr<sql::Database> database_ = open(settings()).value();
};

}  // namespace dsm::testing

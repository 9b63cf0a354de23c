// The store that the outbox's tests run on: SQLite in memory, or a real PostgreSQL.
#pragma once

#include <cstdlib>

#include "libs/outbox/outbox.hpp"
#include "libs/testing/process.hpp"

namespace dsm::outbox {

/// Empty. On PostgreSQL when `DSM_TEST_POSTGRES` holds a server's libpq keywords.
inline Result<std::unique_ptr<sql::Database>> open_outbox() {
    sql::DatabaseSettings settings{.path = ":memory:", .service = "test-service"};
    const testing::TemporaryFolder unique;
    if (const char* server = std::getenv("DSM_TEST_POSTGRES")) {
        settings = {.dialect = sql::Dialect::kPostgresql,
                    .dsn = server,
                    .service = "outbox" + unique.path()};
    }
    return sql::Database::open(settings, {{1, "outbox", kSqliteSchema, kPostgresqlSchema}});
}

}  // namespace dsm::outbox

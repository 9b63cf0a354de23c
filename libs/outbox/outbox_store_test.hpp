// The store that the outbox's tests run on: a SQLite file, or a real PostgreSQL.
#pragma once

#include <cstdlib>

#include "libs/outbox/outbox.hpp"
#include "libs/testing/process.hpp"

namespace dsm::outbox {

/// A store that several may open, as replicas do. On PostgreSQL when `DSM_TEST_POSTGRES` holds a
/// server's libpq keywords.
class OutboxStore {
public:
    Result<std::unique_ptr<sql::Database>> open() const {
        sql::DatabaseSettings settings{.path = folder_.file("outbox.db"),
                                       .service = "test-service"};
        if (const char* server = std::getenv("DSM_TEST_POSTGRES")) {
            settings = {.dialect = sql::Dialect::kPostgresql,
                        .dsn = server,
                        .service = "outbox" + folder_.path()};
        }
        return sql::Database::open(settings, {{1, "outbox", kSqliteSchema, kPostgresqlSchema}});
    }

private:
    testing::TemporaryFolder folder_;
};

}  // namespace dsm::outbox

// The store that the outbox's tests run on: a SQLite file, or a real PostgreSQL.
#pragma once

#include "libs/outbox/outbox.hpp"
#include "libs/testing/fresh_store.hpp"
#include "libs/testing/process.hpp"

namespace dsm::outbox {

/// A store that several may open, as replicas do. On PostgreSQL when `DSM_TEST_POSTGRES` holds a
/// server's libpq keywords.
class OutboxStore {
public:
    sql::DatabaseSettings settings() const { return testing::fresh_store(folder_, "outbox"); }
    Result<std::unique_ptr<sql::Database>> open() const {
        return sql::Database::open(settings(), {{1, "outbox", kSqliteSchema, kPostgresqlSchema},
                                                {2, "refusals", kRefusalsSchema, nullptr}});
    }

private:
    testing::TemporaryFolder folder_;
};

}  // namespace dsm::outbox

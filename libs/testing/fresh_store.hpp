// The store that one test of a service runs on.
#pragma once

#include <string>

#include "libs/sql/database.hpp"
#include "libs/testing/process.hpp"

namespace dsm::testing {

/// A new SQLite file `name`.db in `folder`; or a new schema on a real PostgreSQL, when
/// `DSM_TEST_POSTGRES` holds the server's libpq keywords: tests/postgresql/with_server runs a test
/// program so. The same folder and name give the same store again.
sql::DatabaseSettings fresh_store(const TemporaryFolder& folder, const std::string& name);

}  // namespace dsm::testing

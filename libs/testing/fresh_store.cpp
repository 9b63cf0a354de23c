#include "libs/testing/fresh_store.hpp"

#include <cstdlib>

namespace dsm::testing {

sql::DatabaseSettings fresh_store(const TemporaryFolder& folder, const std::string& name) {
    const char* server = std::getenv("DSM_TEST_POSTGRES");
    if (server == nullptr) return {.path = folder.file(name + ".db"), .service = name + "-service"};
    return {.dialect = sql::Dialect::kPostgresql, .dsn = server, .service = name + folder.path()};
}

}  // namespace dsm::testing

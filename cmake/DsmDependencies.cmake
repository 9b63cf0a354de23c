# The libraries of the product, all from Debian's packages (scripts/install-packages names them).
include(GoogleTest)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(date REQUIRED)

# SOCI 4.0 and hiredis ship no CMake package in Debian 12: find the libraries themselves.
add_library(dsm_soci INTERFACE)
find_library(DSM_SOCI_CORE soci_core REQUIRED)
find_library(DSM_SOCI_SQLITE soci_sqlite3 REQUIRED)
find_library(DSM_SOCI_POSTGRESQL soci_postgresql REQUIRED)
target_include_directories(dsm_soci SYSTEM INTERFACE /usr/include/soci ${PostgreSQL_INCLUDE_DIRS})
target_link_libraries(dsm_soci INTERFACE
  ${DSM_SOCI_SQLITE} ${DSM_SOCI_POSTGRESQL} ${DSM_SOCI_CORE} SQLite::SQLite3 PostgreSQL::PostgreSQL)

add_library(dsm_hiredis INTERFACE)
find_library(DSM_HIREDIS hiredis REQUIRED)
target_link_libraries(dsm_hiredis INTERFACE ${DSM_HIREDIS})

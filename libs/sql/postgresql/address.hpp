// Where a PostgreSQL server is and how one logs in, as libpq writes it: a URI or keywords.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dsm::sql {

/// What is wrong with `dsn`, never with a part of it, since that may be the password; nullopt for
/// one that libpq takes.
std::optional<std::string> complaint_about_dsn(const std::string& dsn);

/// `dsn` with `keyword` set, as a URI without blanks: SOCI takes a connection string apart at
/// those. Empty for a bad `dsn`; the empty one is good.
std::string dsn_with(const std::string& dsn, std::string_view keyword, std::string_view value);

/// The same where `dsn` does not say what `keyword` is; else `dsn`.
std::string dsn_with_default(const std::string& dsn, std::string_view keyword,
                             std::string_view value);

/// True if `dsn` says what `keyword` is.
bool dsn_has(const std::string& dsn, std::string_view keyword);

/// "host:port", for messages; empty for a server that `dsn` leaves to libpq's defaults.
std::string dsn_place(const std::string& dsn);

}  // namespace dsm::sql

// Brings a store to this program's schema, one numbered step at a time. Internal to libs/sql.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/sql/connector.hpp"

namespace dsm::sql {

/// The statements of a migration's text: separated by ";\n", without blank ones.
std::vector<std::string> split_statements(std::string_view script);

/// What a program expects to find in a store that it has migrated.
struct Schema {
    int step = 0;                     ///< the number of the last migration
    std::vector<std::string> tables;  ///< in the order in which they are made

    bool operator==(const Schema&) const = default;
};

/// What `migrations` lead to: the tables that they make and do not drop.
Schema schema_after(const std::vector<Migration>& migrations, Dialect dialect);

/// True for a statement whose table `schema_after` would get wrong: one that renames it, or makes
/// or drops it only if need be. `migrate` aborts on such a step.
bool hides_its_table(std::string_view statement);

/// A failure in the words of a start, which ends with it: "it goes on by itself once …" is true of
/// a service that runs.
std::string said_of_a_start(std::string message);

/// Applies what is missing, each step in a transaction of its own, so that one that fails leaves
/// the store at the step before. Safe when several processes start at once. A store that is ahead
/// of `migrations` is refused: writing to it could lose what the newer version keeps there.
/// Steps that are not numbered 1, 2, 3, … are a bug and abort.
Result<void> migrate(Connector& connector, soci::session& session, Dialect dialect,
                     const std::vector<Migration>& migrations);

}  // namespace dsm::sql

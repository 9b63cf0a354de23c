// The table `schema_migrations` holds one row a step that was applied.
#include "libs/sql/migrations.hpp"

#include <soci/soci.h>

#include <cstdio>
#include <cstdlib>

#include "libs/failpoint/failpoint.hpp"

namespace dsm::sql {
namespace {

const failpoint::Point kStep("sql.migration.step");

constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)";

void require_sequence(const std::vector<Migration>& migrations) {
    int expected = 1;
    for (const auto& migration : migrations) {
        if (migration.number == expected++) continue;
        std::fprintf(stderr, "bug: migration %d stands where %d belongs\n", migration.number,
                     expected - 1);
        std::abort();
    }
}

std::string_view text_of(const Migration& migration, Dialect dialect) {
    const bool own_text = dialect == Dialect::kPostgresql && migration.postgresql != nullptr;
    return own_text ? migration.postgresql : migration.sqlite;
}

void require_plain_tables(const std::vector<Migration>& migrations, Dialect dialect) {
    for (const auto& migration : migrations) {
        for (const auto& statement : split_statements(text_of(migration, dialect))) {
            if (!hides_its_table(statement)) continue;
            std::fprintf(stderr, "bug: readiness cannot tell the table of migration %d: %s\n",
                         migration.number, statement.c_str());
            std::abort();
        }
    }
}

/// The name that follows `words` at the beginning of `statement`; empty for another statement.
std::string name_after(std::string_view words, std::string_view statement) {
    if (!statement.starts_with(words)) return {};
    statement.remove_prefix(words.size());
    return std::string(statement.substr(0, statement.find_first_of(" (\n")));
}

int applied_steps(soci::session& session) {
    int number = 0;
    session << "SELECT COALESCE(MAX(number), 0) FROM schema_migrations", soci::into(number);
    return number;
}

void apply(soci::session& session, Dialect dialect, const Migration& migration) {
    for (const auto& statement : split_statements(text_of(migration, dialect))) {
        session << statement;
    }
    const std::string name = migration.name;
    session << "INSERT INTO schema_migrations (number, name) VALUES (:number, :name)",
        soci::use(migration.number), soci::use(name);
}

/// Runs `step` in a transaction in which no other process migrates.
Result<void> alone(Connector& connector, soci::session& session, const std::string& doing,
                   const std::function<Result<void>()>& step) {
    try {
        connector.begin_migration(session);
        auto outcome = step();
        if (outcome) {
            connector.commit(session);
        } else {
            connector.rollback(session);
        }
        return outcome;
    } catch (const soci::soci_error& error) {
        auto failure = connector.classify(error);
        connector.rollback(session);
        return fail(
            ErrorCode::kUnavailable,
            fmt::format("{}: {}", doing, said_of_a_start(std::move(failure.error.message))));
    }
}

}  // namespace

std::vector<std::string> split_statements(std::string_view script) {
    std::vector<std::string> statements;
    while (!script.empty()) {
        const auto end = script.find(";\n");
        auto statement = script.substr(0, end);
        script = end == std::string_view::npos ? std::string_view{} : script.substr(end + 2);
        const auto first = statement.find_first_not_of(" \n\t");
        if (first == std::string_view::npos) continue;
        const auto last = statement.find_last_not_of(" \n\t;");
        if (last == std::string_view::npos || last < first) continue;
        statements.emplace_back(statement.substr(first, last - first + 1));
    }
    return statements;
}

bool hides_its_table(std::string_view statement) {
    return statement.starts_with("CREATE TABLE IF ") || statement.starts_with("DROP TABLE IF ") ||
           (statement.starts_with("ALTER TABLE ") && statement.contains(" RENAME TO "));
}

std::string said_of_a_start(std::string message) {
    constexpr std::string_view kOfAService = "it goes on by itself once";
    const auto found = message.find(kOfAService);
    if (found != std::string::npos) message.replace(found, kOfAService.size(), "start again once");
    return message;
}

Schema schema_after(const std::vector<Migration>& migrations, Dialect dialect) {
    Schema schema{.step = static_cast<int>(migrations.size()), .tables = {"schema_migrations"}};
    for (const auto& migration : migrations) {
        for (const auto& statement : split_statements(text_of(migration, dialect))) {
            auto made = name_after("CREATE TABLE ", statement);
            if (!made.empty()) schema.tables.push_back(std::move(made));
            std::erase(schema.tables, name_after("DROP TABLE ", statement));
        }
    }
    return schema;
}

Result<void> migrate(Connector& connector, soci::session& session, Dialect dialect,
                     const std::vector<Migration>& migrations) {
    require_sequence(migrations);
    require_plain_tables(migrations, dialect);
    const int known = static_cast<int>(migrations.size());
    int applied = 0;
    auto prepared = alone(connector, session, "cannot open the store", [&]() -> Result<void> {
        session << kTable;
        applied = applied_steps(session);
        if (applied <= known) return {};
        return fail(ErrorCode::kInvalid,
                    fmt::format("{} was written by a newer version of DSM: its schema is at step "
                                "{}, this version knows {}. Use that version, or another store.",
                                connector.where(), applied, known));
    });
    if (!prepared) return prepared;
    for (const auto& migration : migrations) {
        if (migration.number <= applied) continue;
        const auto doing =
            fmt::format("cannot apply migration {} ({})", migration.number, migration.name);
        auto done = alone(connector, session, doing, [&]() -> Result<void> {
            // Another process may have been quicker while we waited for the lock.
            if (applied_steps(session) < migration.number) apply(session, dialect, migration);
            kStep.hit(migration.name);
            return {};
        });
        if (!done) return done;
    }
    return {};
}

}  // namespace dsm::sql

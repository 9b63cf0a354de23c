// The tables. `seq` is the order of arrival; instants are microseconds since 1970. Every filter of
// the contract has an index that ends in the order of the answer.
#include "services/chronicle/adapters/chronicle_database.hpp"

namespace dsm::chronicle {
namespace {

constexpr const char* kSqlite = R"(CREATE TABLE notes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  is_decision INTEGER NOT NULL,
  project_id TEXT NOT NULL,
  sprint_id TEXT,
  report_date TEXT,
  at_us BIGINT NOT NULL,
  summary TEXT,
  metrics TEXT,
  data TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  source_id TEXT,
  UNIQUE (type, source_id)
);
CREATE INDEX notes_arrival ON notes (type, is_decision, seq);
CREATE INDEX notes_project ON notes (type, project_id, is_decision, seq);
CREATE INDEX notes_sprint ON notes (type, sprint_id, is_decision, seq);
CREATE INDEX notes_time ON notes (type, at_us);
CREATE TABLE note_dates (
  date TEXT NOT NULL,
  note_seq BIGINT NOT NULL REFERENCES notes (seq),
  PRIMARY KEY (date, note_seq)
);
CREATE TABLE retrospectives (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  project_id TEXT NOT NULL,
  sprint_id TEXT NOT NULL UNIQUE,
  data TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  source_id TEXT UNIQUE
);
CREATE INDEX retrospectives_project ON retrospectives (project_id, seq);
CREATE TABLE action_items (
  retrospective_id TEXT NOT NULL REFERENCES retrospectives (id),
  position INTEGER NOT NULL,
  description TEXT NOT NULL,
  status TEXT NOT NULL,
  PRIMARY KEY (retrospective_id, position)
);
CREATE TABLE attendees (
  retrospective_id TEXT NOT NULL REFERENCES retrospectives (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (retrospective_id, position)
))";

constexpr std::string_view kSqliteKey = "INTEGER PRIMARY KEY AUTOINCREMENT";

/// The same tables; only the growing key is spelled differently.
std::string postgresql_tables() {
    std::string tables = kSqlite;
    for (auto at = tables.find(kSqliteKey); at != std::string::npos; at = tables.find(kSqliteKey)) {
        tables.replace(at, kSqliteKey.size(), "BIGSERIAL PRIMARY KEY");
    }
    return tables;
}

}  // namespace

Result<void> ChronicleDatabase::open(sql::DatabaseSettings settings) {
    const std::string postgresql = postgresql_tables();
    auto opened = sql::Database::open(
        std::move(settings),
        {{.number = 1, .name = "tables", .sqlite = kSqlite, .postgresql = postgresql.c_str()}});
    if (!opened) return std::unexpected(opened.error());
    database_ = std::move(*opened);
    return {};
}

}  // namespace dsm::chronicle

// The tables. Dates are text YYYY-MM-DD and instants microseconds, the same in both dialects;
// PostgreSQL compares ids byte by byte as SQLite does.
#include "services/project/adapters/project_database.hpp"

#include "libs/sql/seen_events.hpp"

namespace dsm::project {
namespace {

constexpr const char* kTablesSqlite = R"(CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  status TEXT NOT NULL,
  status_set_at BIGINT
);
CREATE TABLE employees (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  gender TEXT,
  state TEXT,
  age BIGINT,
  active INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE project_team (
  project_id TEXT NOT NULL REFERENCES projects (id),
  employee_id TEXT NOT NULL REFERENCES employees (id),
  PRIMARY KEY (project_id, employee_id)
);
CREATE INDEX project_team_employee ON project_team (employee_id);
CREATE TABLE pto (
  id TEXT PRIMARY KEY,
  employee_id TEXT NOT NULL REFERENCES employees (id),
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  reason TEXT,
  content_id TEXT NOT NULL
);
CREATE INDEX pto_employee ON pto (employee_id, start_date);
CREATE INDEX pto_content ON pto (content_id);
CREATE TABLE holidays (
  date TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  PRIMARY KEY (date, name)
))";

constexpr const char* kTablesPostgresql = R"(CREATE TABLE projects (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  status TEXT NOT NULL,
  status_set_at BIGINT
);
CREATE TABLE employees (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  gender TEXT,
  state TEXT,
  age BIGINT,
  active INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE project_team (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  employee_id TEXT COLLATE "C" NOT NULL REFERENCES employees (id),
  PRIMARY KEY (project_id, employee_id)
);
CREATE INDEX project_team_employee ON project_team (employee_id);
CREATE TABLE pto (
  id TEXT PRIMARY KEY,
  employee_id TEXT COLLATE "C" NOT NULL REFERENCES employees (id),
  start_date TEXT COLLATE "C" NOT NULL,
  end_date TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C",
  content_id TEXT NOT NULL
);
CREATE INDEX pto_employee ON pto (employee_id, start_date);
CREATE INDEX pto_content ON pto (content_id);
CREATE TABLE holidays (
  date TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  type TEXT NOT NULL,
  PRIMARY KEY (date, name)
))";

}  // namespace

Result<void> ProjectDatabase::open(sql::DatabaseSettings settings) {
    auto opened = sql::Database::open(
        std::move(settings),
        {{.number = 1, .name = "tables", .sqlite = kTablesSqlite, .postgresql = kTablesPostgresql},
         {.number = 2,
          .name = "seen_events",
          .sqlite = sql::kSeenEventsSqlite,
          .postgresql = sql::kSeenEventsPostgresql}});
    if (!opened) return std::unexpected(opened.error());
    database_ = std::move(*opened);
    return {};
}

}  // namespace dsm::project

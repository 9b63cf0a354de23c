// The tables. Dates are text YYYY-MM-DD and instants microseconds, the same in both dialects;
// PostgreSQL compares ids byte by byte as SQLite does.
#include "services/sprint/adapters/sprint_database.hpp"

#include "libs/outbox/outbox.hpp"
#include "libs/sql/seen_events.hpp"

namespace dsm::sprint {
namespace {

constexpr const char* kTablesSqlite = R"(CREATE TABLE sprints (
  sprint_id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  sprint_name TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  duration_weeks INTEGER NOT NULL,
  status TEXT NOT NULL
);
CREATE UNIQUE INDEX sprints_one_active ON sprints (project_id) WHERE status = 'in_progress';
CREATE INDEX sprints_active ON sprints (sprint_id) WHERE status = 'in_progress';
CREATE INDEX sprints_project ON sprints (project_id, start_date);
CREATE TABLE sprint_tasks (
  sprint_id TEXT NOT NULL REFERENCES sprints (sprint_id),
  task_id TEXT NOT NULL,
  title TEXT NOT NULL,
  status TEXT NOT NULL,
  progress_percentage INTEGER NOT NULL,
  assigned_to TEXT,
  PRIMARY KEY (sprint_id, task_id)
);
CREATE INDEX sprint_tasks_task ON sprint_tasks (task_id);
CREATE TABLE task_changes (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  sprint_id TEXT NOT NULL REFERENCES sprints (sprint_id),
  task_id TEXT NOT NULL,
  changed_us BIGINT NOT NULL,
  old_status TEXT NOT NULL,
  new_status TEXT NOT NULL,
  old_progress INTEGER NOT NULL,
  new_progress INTEGER NOT NULL,
  employee_id TEXT,
  yesterday_work TEXT,
  today_work TEXT,
  impediments TEXT
);
CREATE INDEX task_changes_sprint ON task_changes (sprint_id, number);
CREATE TABLE daily_scrums (
  sprint_id TEXT NOT NULL REFERENCES sprints (sprint_id),
  scrum_date TEXT NOT NULL,
  event_id TEXT NOT NULL,
  note TEXT NOT NULL,
  tasks_updated INTEGER NOT NULL,
  last_change BIGINT NOT NULL,
  report_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (sprint_id, scrum_date)
))";

constexpr const char* kTablesPostgresql = R"(CREATE TABLE sprints (
  sprint_id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL,
  sprint_name TEXT NOT NULL,
  start_date TEXT COLLATE "C" NOT NULL,
  end_date TEXT NOT NULL,
  duration_weeks INTEGER NOT NULL,
  status TEXT NOT NULL
);
CREATE UNIQUE INDEX sprints_one_active ON sprints (project_id) WHERE status = 'in_progress';
CREATE INDEX sprints_active ON sprints (sprint_id) WHERE status = 'in_progress';
CREATE INDEX sprints_project ON sprints (project_id, start_date);
CREATE TABLE sprint_tasks (
  sprint_id TEXT COLLATE "C" NOT NULL REFERENCES sprints (sprint_id),
  task_id TEXT COLLATE "C" NOT NULL,
  title TEXT NOT NULL,
  status TEXT NOT NULL,
  progress_percentage INTEGER NOT NULL,
  assigned_to TEXT,
  PRIMARY KEY (sprint_id, task_id)
);
CREATE INDEX sprint_tasks_task ON sprint_tasks (task_id);
CREATE TABLE task_changes (
  number BIGSERIAL PRIMARY KEY,
  sprint_id TEXT COLLATE "C" NOT NULL REFERENCES sprints (sprint_id),
  task_id TEXT COLLATE "C" NOT NULL,
  changed_us BIGINT NOT NULL,
  old_status TEXT NOT NULL,
  new_status TEXT NOT NULL,
  old_progress INTEGER NOT NULL,
  new_progress INTEGER NOT NULL,
  employee_id TEXT,
  yesterday_work TEXT,
  today_work TEXT,
  impediments TEXT
);
CREATE INDEX task_changes_sprint ON task_changes (sprint_id, number);
CREATE TABLE daily_scrums (
  sprint_id TEXT COLLATE "C" NOT NULL REFERENCES sprints (sprint_id),
  scrum_date TEXT COLLATE "C" NOT NULL,
  event_id TEXT NOT NULL,
  note TEXT NOT NULL,
  tasks_updated INTEGER NOT NULL,
  last_change BIGINT NOT NULL,
  report_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (sprint_id, scrum_date)
))";

}  // namespace

Result<void> SprintDatabase::open(sql::DatabaseSettings settings) {
    auto opened = sql::Database::open(
        std::move(settings),
        {{.number = 1, .name = "tables", .sqlite = kTablesSqlite, .postgresql = kTablesPostgresql},
         {.number = 2,
          .name = "outbox",
          .sqlite = outbox::kSqliteSchema,
          .postgresql = outbox::kPostgresqlSchema},
         {.number = 3,
          .name = "seen_events",
          .sqlite = sql::kSeenEventsSqlite,
          .postgresql = sql::kSeenEventsPostgresql},
         {.number = 4,
          .name = "outbox_refusals",
          .sqlite = outbox::kRefusalsSchema,
          .postgresql = nullptr}});
    if (!opened) return std::unexpected(opened.error());
    database_ = std::move(*opened);
    return {};
}

}  // namespace dsm::sprint

// The table. `state_at` is in microseconds; PostgreSQL compares ids byte by byte as SQLite does.
#include "services/backlog/adapters/task_database.hpp"

#include "libs/sql/seen_events.hpp"

namespace dsm::backlog {
namespace {

constexpr const char* kTablesSqlite = R"(CREATE TABLE tasks (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  status TEXT NOT NULL,
  assigned_to TEXT,
  sprint_id TEXT,
  progress_percentage BIGINT NOT NULL,
  state_at BIGINT
);
CREATE INDEX tasks_project ON tasks (project_id, id))";

constexpr const char* kTablesPostgresql = R"(CREATE TABLE tasks (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  assigned_to TEXT,
  sprint_id TEXT,
  progress_percentage BIGINT NOT NULL,
  state_at BIGINT
);
CREATE INDEX tasks_project ON tasks (project_id, id))";

}  // namespace

Result<void> TaskDatabase::open(sql::DatabaseSettings settings) {
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

}  // namespace dsm::backlog

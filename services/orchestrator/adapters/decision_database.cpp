#include "services/orchestrator/adapters/decision_database.hpp"

#include "libs/outbox/outbox.hpp"

namespace dsm::orchestrator {
namespace {

constexpr const char* kTablesSqlite = R"(CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  decision_id TEXT NOT NULL UNIQUE,
  project_id TEXT NOT NULL,
  decided_us BIGINT NOT NULL,
  document TEXT NOT NULL
);
CREATE INDEX decisions_project ON decisions (project_id, seq);
CREATE TABLE project_settings (
  project_id TEXT PRIMARY KEY,
  schedule TEXT,
  time_zone TEXT
);
CREATE TABLE kept_answers (
  scope TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  body_digest TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  body TEXT NOT NULL,
  kept_us BIGINT NOT NULL,
  PRIMARY KEY (scope, idempotency_key)
);
CREATE INDEX kept_answers_age ON kept_answers (kept_us))";

constexpr const char* kTablesPostgresql = R"(CREATE TABLE decisions (
  seq BIGSERIAL PRIMARY KEY,
  decision_id TEXT NOT NULL UNIQUE,
  project_id TEXT COLLATE "C" NOT NULL,
  decided_us BIGINT NOT NULL,
  document TEXT NOT NULL
);
CREATE INDEX decisions_project ON decisions (project_id, seq);
CREATE TABLE project_settings (
  project_id TEXT COLLATE "C" PRIMARY KEY,
  schedule TEXT,
  time_zone TEXT
);
CREATE TABLE kept_answers (
  scope TEXT COLLATE "C" NOT NULL,
  idempotency_key TEXT COLLATE "C" NOT NULL,
  body_digest TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  body TEXT NOT NULL,
  kept_us BIGINT NOT NULL,
  PRIMARY KEY (scope, idempotency_key)
);
CREATE INDEX kept_answers_age ON kept_answers (kept_us))";

constexpr const char* kIntentsSqlite = R"(CREATE TABLE intents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  decision_id TEXT NOT NULL UNIQUE,
  project_id TEXT NOT NULL,
  document TEXT NOT NULL
);
CREATE INDEX intents_project ON intents (project_id, seq))";

constexpr const char* kIntentsPostgresql = R"(CREATE TABLE intents (
  seq BIGSERIAL PRIMARY KEY,
  decision_id TEXT NOT NULL UNIQUE,
  project_id TEXT COLLATE "C" NOT NULL,
  document TEXT NOT NULL
);
CREATE INDEX intents_project ON intents (project_id, seq))";

}  // namespace

const std::vector<sql::Migration>& decision_migrations() {
    static const std::vector<sql::Migration> kMigrations{
        {.number = 1, .name = "tables", .sqlite = kTablesSqlite, .postgresql = kTablesPostgresql},
        {.number = 2,
         .name = "outbox",
         .sqlite = outbox::kSqliteSchema,
         .postgresql = outbox::kPostgresqlSchema},
        {.number = 3,
         .name = "intents",
         .sqlite = kIntentsSqlite,
         .postgresql = kIntentsPostgresql},
        {.number = 4,
         .name = "outbox_refusals",
         .sqlite = outbox::kRefusalsSchema,
         .postgresql = nullptr}};
    return kMigrations;
}

}  // namespace dsm::orchestrator

// The table in both dialects, and what came to it later.
#include "libs/outbox/outbox.hpp"

namespace dsm::outbox {

const char* const kSqliteSchema =
    "CREATE TABLE outbox ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, destination TEXT NOT NULL, order_key TEXT NOT NULL,"
    " event_id TEXT NOT NULL, event_type TEXT NOT NULL, payload TEXT NOT NULL,"
    " correlation_id TEXT NOT NULL, traceparent TEXT NOT NULL, enqueued_us BIGINT NOT NULL,"
    " state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0,"
    " reserved_entry_id TEXT NOT NULL DEFAULT '', finished_us BIGINT NOT NULL DEFAULT 0);\n"
    "CREATE INDEX outbox_waiting ON outbox (destination, id) WHERE state = 'waiting';\n"
    "CREATE INDEX outbox_delivered ON outbox (finished_us) WHERE state = 'delivered';\n"
    "CREATE TABLE outbox_entry_ids (destination TEXT PRIMARY KEY, last_id TEXT NOT NULL);\n";

const char* const kPostgresqlSchema =
    "CREATE TABLE outbox ("
    " id BIGSERIAL PRIMARY KEY, destination TEXT NOT NULL, order_key TEXT NOT NULL,"
    " event_id TEXT NOT NULL, event_type TEXT NOT NULL, payload TEXT NOT NULL,"
    " correlation_id TEXT NOT NULL, traceparent TEXT NOT NULL, enqueued_us BIGINT NOT NULL,"
    " state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0,"
    " reserved_entry_id TEXT NOT NULL DEFAULT '', finished_us BIGINT NOT NULL DEFAULT 0);\n"
    "CREATE INDEX outbox_waiting ON outbox (destination, id) WHERE state = 'waiting';\n"
    "CREATE INDEX outbox_delivered ON outbox (finished_us) WHERE state = 'delivered';\n"
    "CREATE TABLE outbox_entry_ids (destination TEXT PRIMARY KEY, last_id TEXT NOT NULL);\n";

const char* const kRefusalsSchema =
    "ALTER TABLE outbox ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE outbox ADD COLUMN held INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE outbox ADD COLUMN why TEXT NOT NULL DEFAULT '';\n"
    "CREATE INDEX outbox_refused ON outbox (destination, id)"
    " WHERE state = 'waiting' AND refusals > 0;\n"
    "CREATE INDEX outbox_parked ON outbox (id, destination) WHERE state = 'parked';\n";

}  // namespace dsm::outbox

// One table, three states: waiting, delivered, parked.
#include "libs/outbox/outbox_store.hpp"

#include <soci/soci.h>

#include <algorithm>

#include "libs/stream/event_stream.hpp"

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

namespace {

long long micros(Instant instant) {
    return instant.time_since_epoch().count();
}

void finish(soci::session& session, const std::vector<std::int64_t>& ids, const std::string& state,
            long long now_us) {
    long long id = 0;
    soci::statement update =
        (session.prepare << "UPDATE outbox SET state = :state, attempts = attempts + 1,"
                            " finished_us = :now WHERE id = :id",
         soci::use(state), soci::use(now_us), soci::use(id));
    for (const auto each : ids) {
        id = each;
        update.execute(true);
    }
}

}  // namespace

void enqueue(soci::session& session, const Message& message, Instant now) {
    const long long now_us = micros(now);
    session << "INSERT INTO outbox (destination, order_key, event_id, event_type, payload,"
               " correlation_id, traceparent, enqueued_us) VALUES (:destination, :order_key,"
               " :event_id, :event_type, :payload, :correlation_id, :traceparent, :now)",
        soci::use(message.destination), soci::use(message.order_key), soci::use(message.event_id),
        soci::use(message.event_type), soci::use(message.payload),
        soci::use(message.correlation_id), soci::use(message.traceparent), soci::use(now_us);
}

std::vector<std::string> waiting_destinations(soci::session& session) {
    std::vector<std::string> found;
    std::string destination;
    soci::statement query =
        (session.prepare << "SELECT DISTINCT destination FROM outbox WHERE state = 'waiting'"
                            " ORDER BY destination",
         soci::into(destination));
    query.execute();
    while (query.fetch()) found.push_back(destination);
    return found;
}

std::vector<Backlog> backlogs(soci::session& session) {
    std::vector<Backlog> found;
    std::string destination;
    long long rows = 0;
    long long oldest_us = 0;
    soci::statement query =
        (session.prepare << "SELECT destination, COUNT(*), MIN(enqueued_us) FROM outbox"
                            " WHERE state = 'waiting' GROUP BY destination",
         soci::into(destination), soci::into(rows), soci::into(oldest_us));
    query.execute();
    while (query.fetch()) found.push_back({destination, rows, oldest_us});
    return found;
}

std::vector<Row> next_rows(soci::session& session, const std::string& destination,
                           std::size_t limit) {
    std::vector<Row> rows;
    Row row;
    row.message.destination = destination;
    long long id = 0;
    const int count = static_cast<int>(limit);
    auto& message = row.message;
    soci::statement query =
        (session.prepare << "SELECT id, order_key, event_id, event_type, payload, correlation_id,"
                            " traceparent, attempts, reserved_entry_id FROM outbox"
                            " WHERE state = 'waiting' AND destination = :destination"
                            " ORDER BY id LIMIT :count",
         soci::into(id), soci::into(message.order_key), soci::into(message.event_id),
         soci::into(message.event_type), soci::into(message.payload),
         soci::into(message.correlation_id), soci::into(message.traceparent),
         soci::into(row.attempts), soci::into(row.reserved_entry_id), soci::use(destination),
         soci::use(count));
    query.execute();
    while (query.fetch()) {
        row.id = id;
        rows.push_back(row);
    }
    return rows;
}

void reserve_entry_ids(soci::session& session, const std::string& destination,
                       std::vector<Row>& rows, Instant now) {
    const bool complete =
        std::ranges::all_of(rows, [](const Row& row) { return !row.reserved_entry_id.empty(); });
    if (complete) return;
    std::string last;
    std::uint64_t ms = 0;
    std::uint64_t sequence = 0;
    session << "SELECT last_id FROM outbox_entry_ids WHERE destination = :destination",
        soci::into(last), soci::use(destination);
    stream::parse_entry_id(last, ms, sequence);
    const auto now_ms = static_cast<std::uint64_t>(micros(now) / 1000);
    for (auto& row : rows) {
        if (!row.reserved_entry_id.empty()) continue;
        sequence = now_ms > ms ? 0 : sequence + 1;
        ms = std::max(ms, now_ms);
        row.reserved_entry_id = fmt::format("{}-{}", ms, sequence);
        const long long id = row.id;
        session << "UPDATE outbox SET reserved_entry_id = :reserved WHERE id = :id",
            soci::use(row.reserved_entry_id), soci::use(id);
        last = row.reserved_entry_id;
    }
    session << "INSERT INTO outbox_entry_ids (destination, last_id) VALUES (:destination, :last)"
               " ON CONFLICT (destination) DO UPDATE SET last_id = excluded.last_id",
        soci::use(destination), soci::use(last);
}

void record(soci::session& session, const Progress& progress, Instant now) {
    finish(session, progress.delivered, "delivered", micros(now));
    finish(session, progress.parked, "parked", micros(now));
    finish(session, progress.refused, "waiting", 0);
}

std::size_t purge_delivered(soci::session& session, Instant before, std::size_t limit) {
    const long long before_us = micros(before);
    const int count = static_cast<int>(limit);
    soci::statement remove =
        (session.prepare << "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE"
                            " state = 'delivered' AND finished_us <= :before LIMIT :count)",
         soci::use(before_us), soci::use(count));
    remove.execute(true);
    return static_cast<std::size_t>(std::max<long long>(remove.get_affected_rows(), 0));
}

}  // namespace dsm::outbox

// One table, three states: waiting, delivered, parked.
#include "libs/outbox/outbox_store.hpp"

#include <soci/soci.h>

#include <algorithm>

namespace dsm::outbox {

namespace {

long long micros(Instant instant) {
    return instant.time_since_epoch().count();
}

void finish(soci::session& session, const std::vector<std::int64_t>& ids, const std::string& state,
            long long now_us) {
    if (ids.empty()) return;
    long long id = 0;
    soci::statement update =
        (session.prepare << "UPDATE outbox SET state = :state, attempts = attempts + 1,"
                            " finished_us = :now WHERE id = :id AND state = 'waiting'",
         soci::use(state), soci::use(now_us), soci::use(id));
    for (const auto each : ids) {
        id = each;
        update.execute(true);
    }
}

void refuse(soci::session& session, const std::vector<Refusal>& refusals, const std::string& state,
            long long now_us) {
    if (refusals.empty()) return;
    long long id = 0;
    int held = 0;
    std::string why;
    soci::statement update =
        (session.prepare << "UPDATE outbox SET state = :state, attempts = attempts + 1,"
                            " refusals = refusals + 1, held = :held, why = :why,"
                            " finished_us = :now WHERE id = :id AND state = 'waiting'",
         soci::use(state), soci::use(held), soci::use(why), soci::use(now_us), soci::use(id));
    for (const auto& refusal : refusals) {
        id = refusal.row;
        held = refusal.held ? 1 : 0;
        why = refusal.why;
        update.execute(true);
    }
}

std::map<std::string, std::int64_t> counts(soci::session& session, const char* query_text) {
    std::map<std::string, std::int64_t> found;
    std::string destination;
    long long rows = 0;
    soci::statement query =
        (session.prepare << query_text, soci::into(destination), soci::into(rows));
    query.execute();
    while (query.fetch()) found.emplace(destination, rows);
    return found;
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

/// From one destination to the next in the index, so that a long backlog costs no more than a short
/// one.
std::vector<std::string> waiting_destinations(soci::session& session) {
    std::vector<std::string> found;
    std::string destination;
    soci::statement query =
        (session.prepare << "WITH RECURSIVE waiting (name) AS ("
                            " SELECT MIN(destination) FROM outbox WHERE state = 'waiting'"
                            " UNION ALL SELECT (SELECT MIN(destination) FROM outbox"
                            "  WHERE state = 'waiting' AND destination > waiting.name)"
                            " FROM waiting WHERE waiting.name IS NOT NULL)"
                            " SELECT name FROM waiting WHERE name IS NOT NULL",
         soci::into(destination));
    query.execute();
    while (query.fetch()) found.push_back(destination);
    return found;
}

/// Counted in the index alone; of the table only the oldest rows are read.
std::vector<Backlog> backlogs(soci::session& session) {
    std::vector<Backlog> found;
    std::string destination;
    long long rows = 0;
    long long oldest_us = 0;
    soci::statement query =
        (session.prepare << "SELECT waiting.destination, waiting.number, oldest.enqueued_us FROM"
                            " (SELECT destination, COUNT(*) AS number, MIN(id) AS first FROM outbox"
                            " WHERE state = 'waiting' GROUP BY destination) AS waiting"
                            " JOIN outbox AS oldest ON oldest.id = waiting.first",
         soci::into(destination), soci::into(rows), soci::into(oldest_us));
    query.execute();
    while (query.fetch()) found.push_back({destination, rows, oldest_us});
    return found;
}

std::map<std::string, std::int64_t> refused_counts(soci::session& session) {
    return counts(session,
                  "SELECT destination, COUNT(*) FROM outbox"
                  " WHERE state = 'waiting' AND refusals > 0 GROUP BY destination");
}

std::map<std::string, std::int64_t> parked_counts(soci::session& session) {
    return counts(session,
                  "SELECT destination, COUNT(*) FROM outbox WHERE state = 'parked'"
                  " GROUP BY destination");
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
                            " AND refusals = 0 AND order_key NOT IN (SELECT order_key FROM outbox"
                            " WHERE state = 'waiting' AND destination = :same AND refusals > 0"
                            " AND held = 1) ORDER BY id LIMIT :count",
         soci::into(id), soci::into(message.order_key), soci::into(message.event_id),
         soci::into(message.event_type), soci::into(message.payload),
         soci::into(message.correlation_id), soci::into(message.traceparent),
         soci::into(row.attempts), soci::into(row.reserved_entry_id),
         soci::use(destination, "destination"), soci::use(destination, "same"),
         soci::use(count, "count"));
    query.execute();
    while (query.fetch()) {
        row.id = id;
        rows.push_back(row);
    }
    return rows;
}

std::vector<Refused> refused_rows(soci::session& session, const std::string& destination) {
    std::vector<Refused> rows;
    Refused row;
    long long id = 0;
    int held = 0;
    soci::statement query =
        (session.prepare << "SELECT id, order_key, refusals, held FROM outbox"
                            " WHERE state = 'waiting' AND destination = :destination"
                            " AND refusals > 0 ORDER BY id",
         soci::into(id), soci::into(row.order_key), soci::into(row.refusals), soci::into(held),
         soci::use(destination));
    query.execute();
    while (query.fetch()) {
        row.row = id;
        row.held = held != 0;
        rows.push_back(row);
    }
    return rows;
}

std::vector<Row> waiting_rows(soci::session& session, const std::vector<std::int64_t>& ids) {
    std::vector<Row> rows;
    if (ids.empty()) return rows;
    Row row;
    auto& message = row.message;
    long long id = 0;
    soci::statement query =
        (session.prepare << "SELECT destination, order_key, event_id, event_type, payload,"
                            " correlation_id, traceparent, attempts, reserved_entry_id FROM outbox"
                            " WHERE state = 'waiting' AND id = :id",
         soci::into(message.destination), soci::into(message.order_key),
         soci::into(message.event_id), soci::into(message.event_type), soci::into(message.payload),
         soci::into(message.correlation_id), soci::into(message.traceparent),
         soci::into(row.attempts), soci::into(row.reserved_entry_id), soci::use(id));
    for (const auto each : ids) {
        id = each;
        row.id = each;
        if (query.execute(true)) rows.push_back(row);
    }
    return rows;
}

std::vector<Row> parked_rows(soci::session& session, std::int64_t after, std::size_t limit) {
    std::vector<Row> rows;
    Row row;
    long long id = 0;
    const long long above = after;
    const int count = static_cast<int>(limit);
    auto& message = row.message;
    soci::statement query =
        (session.prepare << "SELECT id, destination, order_key, event_id, event_type, payload,"
                            " attempts, why FROM outbox WHERE state = 'parked' AND id > :after"
                            " ORDER BY id LIMIT :count",
         soci::into(id), soci::into(message.destination), soci::into(message.order_key),
         soci::into(message.event_id), soci::into(message.event_type), soci::into(message.payload),
         soci::into(row.attempts), soci::into(row.why), soci::use(above), soci::use(count));
    query.execute();
    while (query.fetch()) {
        row.id = id;
        rows.push_back(row);
    }
    return rows;
}

std::size_t retry_parked(soci::session& session, std::optional<std::int64_t> row) {
    const long long first = row.value_or(0);
    const long long last = row.value_or(INT64_MAX);
    soci::statement update =
        (session.prepare
             << "UPDATE outbox SET state = 'waiting', refusals = 0, held = 0, finished_us = 0"
                " WHERE state = 'parked' AND id BETWEEN :first AND :last",
         soci::use(first), soci::use(last));
    update.execute(true);
    return static_cast<std::size_t>(std::max<long long>(update.get_affected_rows(), 0));
}

void wait_again(soci::session& session, const std::vector<std::int64_t>& rows) {
    long long id = 0;
    soci::statement update =
        (session.prepare
             << "UPDATE outbox SET state = 'waiting', refusals = 0, held = 0, finished_us = 0"
                " WHERE id = :id AND state = 'delivered'",
         soci::use(id));
    for (const auto each : rows) {
        id = each;
        update.execute(true);
    }
}

void record(soci::session& session, const Progress& progress, Instant now) {
    finish(session, progress.delivered, "delivered", micros(now));
    finish(session, progress.tried, "waiting", 0);
    refuse(session, progress.refused, "waiting", 0);
    refuse(session, progress.parked, "parked", micros(now));
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

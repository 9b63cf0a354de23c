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

namespace {

/// Reserves ids of one destination for whoever holds it, until the end of its transaction.
class EntryIds {
public:
    EntryIds(soci::session& session, std::string destination, Instant now)
        : session_(session),
          destination_(std::move(destination)),
          now_ms_(static_cast<std::uint64_t>(micros(now) / 1000)) {
        std::string last;
        session_ << "SELECT last_id FROM outbox_entry_ids WHERE destination = :destination",
            soci::into(last), soci::use(destination_);
        stream::parse_entry_id(last, ms_, sequence_);
    }

    /// Those that follow are later than `id` too.
    void pass(const std::string& id) {
        std::uint64_t ms = 0;
        std::uint64_t sequence = 0;
        if (!stream::parse_entry_id(id, ms, sequence)) return;
        if (std::pair(ms, sequence) > std::pair(ms_, sequence_)) {
            ms_ = ms;
            sequence_ = sequence;
        }
    }

    std::string give(std::int64_t row) {
        sequence_ = now_ms_ > ms_ ? 0 : sequence_ + 1;
        ms_ = std::max(ms_, now_ms_);
        std::string given = fmt::format("{}-{}", ms_, sequence_);
        const long long id = row;
        session_ << "UPDATE outbox SET reserved_entry_id = :reserved WHERE id = :id",
            soci::use(given), soci::use(id);
        return given;
    }

    void store() {
        const std::string last = fmt::format("{}-{}", ms_, sequence_);
        session_ << "INSERT INTO outbox_entry_ids (destination, last_id) VALUES (:destination,"
                    " :last) ON CONFLICT (destination) DO UPDATE SET last_id = excluded.last_id",
            soci::use(destination_), soci::use(last);
    }

private:
    soci::session& session_;
    const std::string destination_;
    const std::uint64_t now_ms_;
    std::uint64_t ms_ = 0;
    std::uint64_t sequence_ = 0;
};

}  // namespace

void hold_entry_ids(soci::session& session, const std::string& destination) {
    if (session.get_backend_name() != "postgresql") return;  // SQLite has one writer
    session << "SELECT pg_advisory_xact_lock(hashtext('outbox'), hashtext(:destination))",
        soci::use(destination);
}

void reserve_entry_ids(soci::session& session, const std::string& destination,
                       std::vector<Row>& rows, Instant now) {
    const bool complete =
        std::ranges::all_of(rows, [](const Row& row) { return !row.reserved_entry_id.empty(); });
    if (complete) return;
    EntryIds ids(session, destination, now);
    for (auto& row : rows) {
        if (row.reserved_entry_id.empty()) row.reserved_entry_id = ids.give(row.id);
    }
    ids.store();
}

std::vector<std::string> stream_destinations(soci::session& session) {
    std::vector<std::string> found;
    std::string destination;
    soci::statement query =
        (session.prepare << "SELECT destination FROM outbox_entry_ids ORDER BY destination",
         soci::into(destination));
    query.execute();
    while (query.fetch()) found.push_back(destination);
    return found;
}

std::string renumber(soci::session& session, const Row& row, const std::string& top, Instant now) {
    hold_entry_ids(session, row.message.destination);
    std::string state;
    std::string reserved;
    const long long id = row.id;
    session << "SELECT state, reserved_entry_id FROM outbox WHERE id = :id", soci::into(state),
        soci::into(reserved), soci::use(id);
    if (state != "waiting") return {};
    if (reserved != row.reserved_entry_id) return reserved;
    EntryIds ids(session, row.message.destination, now);
    ids.pass(top);
    std::string given = ids.give(row.id);
    ids.store();
    return given;
}

std::vector<Published> published(soci::session& session, const std::string& destination,
                                 std::int64_t before, std::size_t limit) {
    std::vector<Published> rows;
    Published row;
    long long id = 0;
    const long long below = before;
    const int count = static_cast<int>(limit);
    // The empty text keeps the planner on the primary key: the latest rows are few steps away.
    soci::statement query =
        (session.prepare << "SELECT id, reserved_entry_id, event_id FROM outbox WHERE id < :before"
                            " AND state || '' = 'delivered' AND destination || '' = :destination"
                            " ORDER BY id DESC LIMIT :count",
         soci::into(id), soci::into(row.entry_id), soci::into(row.event_id), soci::use(below),
         soci::use(destination), soci::use(count));
    query.execute();
    while (query.fetch()) {
        row.row = id;
        rows.push_back(row);
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
                            " attempts FROM outbox WHERE state = 'parked' AND id > :after"
                            " ORDER BY id LIMIT :count",
         soci::into(id), soci::into(message.destination), soci::into(message.order_key),
         soci::into(message.event_id), soci::into(message.event_type), soci::into(message.payload),
         soci::into(row.attempts), soci::use(above), soci::use(count));
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
        (session.prepare << "UPDATE outbox SET state = 'waiting', finished_us = 0"
                            " WHERE state = 'parked' AND id BETWEEN :first AND :last",
         soci::use(first), soci::use(last));
    update.execute(true);
    return static_cast<std::size_t>(std::max<long long>(update.get_affected_rows(), 0));
}

void wait_again(soci::session& session, const std::vector<std::int64_t>& rows) {
    long long id = 0;
    soci::statement update =
        (session.prepare << "UPDATE outbox SET state = 'waiting', finished_us = 0"
                            " WHERE id = :id AND state = 'delivered'",
         soci::use(id));
    for (const auto each : rows) {
        id = each;
        update.execute(true);
    }
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

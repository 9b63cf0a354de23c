// Streams, groups and pending entries as four tables.
#include "libs/stream/sql_statements.hpp"

#include <soci/soci.h>

#include <algorithm>

namespace dsm::stream {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE streams (stream TEXT PRIMARY KEY, last_ms BIGINT NOT NULL,"
    " last_sequence BIGINT NOT NULL, length BIGINT NOT NULL);\n"
    "CREATE TABLE entries (stream TEXT NOT NULL, ms BIGINT NOT NULL, sequence BIGINT NOT NULL,"
    " data TEXT NOT NULL, event_type TEXT NOT NULL, event_id TEXT NOT NULL,"
    " PRIMARY KEY (stream, ms, sequence));\n"
    "CREATE TABLE stream_groups (stream TEXT NOT NULL, name TEXT NOT NULL,"
    " last_ms BIGINT NOT NULL, last_sequence BIGINT NOT NULL, PRIMARY KEY (stream, name));\n"
    "CREATE TABLE pending (stream TEXT NOT NULL, group_name TEXT NOT NULL, ms BIGINT NOT NULL,"
    " sequence BIGINT NOT NULL, consumer TEXT NOT NULL, delivered_ms BIGINT NOT NULL,"
    " deliveries BIGINT NOT NULL, PRIMARY KEY (stream, group_name, ms, sequence));\n";

/// What a row of `entries` is read into.
struct EntryRow {
    long long ms = 0;
    long long sequence = 0;
    long long deliveries = 1;
    Event event;

    EntryId id() const { return {ms, sequence}; }
    Entry entry() const { return {id().text(), event, deliveries}; }
};

struct Tail {
    EntryId last;
    long long length = 0;
    bool exists = false;
};

Tail tail_of(soci::session& session, const std::string& stream) {
    long long ms = 0;
    long long sequence = 0;
    Tail tail;
    session << "SELECT last_ms, last_sequence, length FROM streams WHERE stream = :stream",
        soci::into(ms), soci::into(sequence), soci::into(tail.length), soci::use(stream);
    tail.exists = session.got_data();
    if (tail.exists) tail.last = {ms, sequence};
    return tail;
}

void save_tail(soci::session& session, const std::string& stream, const Tail& tail) {
    const long long ms = tail.last.ms;
    const long long sequence = tail.last.sequence;
    session << "INSERT INTO streams (stream, last_ms, last_sequence, length)"
               " VALUES (:stream, :ms, :sequence, :length) ON CONFLICT (stream) DO UPDATE SET"
               " last_ms = excluded.last_ms, last_sequence = excluded.last_sequence,"
               " length = excluded.length",
        soci::use(stream), soci::use(ms), soci::use(sequence), soci::use(tail.length);
}

/// Removes the oldest entries; trims in batches, as `MAXLEN ~` does, so that most appends do not.
long long trim(soci::session& session, const std::string& stream, long long length,
               long long max_length) {
    const long long slack = std::min<long long>(64, max_length / 8);
    if (length <= max_length + slack) return length;
    const long long excess = length - max_length;
    session << "DELETE FROM entries WHERE stream = :stream AND (ms, sequence) IN"
               " (SELECT ms, sequence FROM entries WHERE stream = :stream2"
               " ORDER BY ms, sequence LIMIT :excess)",
        soci::use(stream, "stream"), soci::use(stream, "stream2"), soci::use(excess, "excess");
    return max_length;
}

std::optional<EntryId> position_of(soci::session& session, const GroupRead& read) {
    long long ms = 0;
    long long sequence = 0;
    session << "SELECT last_ms, last_sequence FROM stream_groups"
               " WHERE stream = :stream AND name = :name",
        soci::into(ms), soci::into(sequence), soci::use(read.stream), soci::use(read.group);
    if (!session.got_data()) return std::nullopt;
    return EntryId{ms, sequence};
}

std::vector<EntryRow> rows_after(soci::session& session, const std::string& stream, EntryId after,
                                 std::size_t count) {
    const long long ms = after.ms;
    const long long sequence = after.sequence;
    const long long limit = static_cast<long long>(count);
    std::vector<EntryRow> rows;
    EntryRow row;
    soci::statement query =
        (session.prepare << "SELECT ms, sequence, data, event_type, event_id, why FROM entries"
                            " WHERE stream = :stream AND (ms, sequence) > (:ms, :sequence)"
                            " ORDER BY ms, sequence LIMIT :count",
         soci::into(row.ms), soci::into(row.sequence), soci::into(row.event.data),
         soci::into(row.event.event_type), soci::into(row.event.event_id),
         soci::into(row.event.why), soci::use(stream), soci::use(ms), soci::use(sequence),
         soci::use(limit));
    query.execute();
    while (query.fetch()) rows.push_back(row);
    return rows;
}

std::vector<Entry> to_entries(const std::vector<EntryRow>& rows) {
    std::vector<Entry> entries;
    for (const auto& row : rows) entries.push_back(row.entry());
    return entries;
}

Error no_group(const GroupRead& read) {
    return {ErrorCode::kNotFound,
            fmt::format("stream {} has no group {}", read.stream, read.group)};
}

}  // namespace

std::vector<sql::Migration> stream_migrations() {
    return {{1, "streams", kSchema, nullptr},
            {2, "why an entry was parked",
             "ALTER TABLE entries ADD COLUMN why TEXT NOT NULL DEFAULT '';\n", nullptr}};
}

Result<EntryId> insert_entry(soci::session& session, const std::string& stream, const Event& event,
                             std::optional<EntryId> wanted, std::int64_t now_ms,
                             std::size_t max_length) {
    Tail tail = tail_of(session, stream);
    const EntryId id = wanted.value_or(next_entry_id(tail.last, now_ms));
    if (id <= tail.last) {
        return fail(ErrorCode::kConflict, fmt::format("stream {}: id {} is not larger than {}",
                                                      stream, id.text(), tail.last.text()));
    }
    const long long ms = id.ms;
    const long long sequence = id.sequence;
    session << "INSERT INTO entries (stream, ms, sequence, data, event_type, event_id,"
               " why) VALUES (:stream, :ms, :sequence, :data, :type, :event_id, :why)",
        soci::use(stream), soci::use(ms), soci::use(sequence), soci::use(event.data),
        soci::use(event.event_type), soci::use(event.event_id), soci::use(event.why);
    tail.last = id;
    tail.length = trim(session, stream, tail.length + 1, static_cast<long long>(max_length));
    save_tail(session, stream, tail);
    return id;
}

void insert_group(soci::session& session, const std::string& stream, const std::string& group) {
    const Tail tail = tail_of(session, stream);
    if (!tail.exists) save_tail(session, stream, tail);
    session << "INSERT INTO stream_groups (stream, name, last_ms, last_sequence)"
               " VALUES (:stream, :name, 0, 0) ON CONFLICT (stream, name) DO NOTHING",
        soci::use(stream), soci::use(group);
}

Result<bool> has_news(soci::session& session, const GroupRead& read) {
    const auto position = position_of(session, read);
    if (!position) return std::unexpected(no_group(read));
    return tail_of(session, read.stream).last > *position;
}

Result<std::vector<Entry>> take_new(soci::session& session, const GroupRead& read,
                                    std::int64_t steady_ms) {
    const auto position = position_of(session, read);
    if (!position) return std::unexpected(no_group(read));
    const auto rows = rows_after(session, read.stream, *position, read.count);
    if (rows.empty()) return std::vector<Entry>{};
    long long ms = 0;
    long long sequence = 0;
    const long long now = steady_ms;
    soci::statement insert =
        (session.prepare << "INSERT INTO pending (stream, group_name, ms, sequence, consumer,"
                            " delivered_ms, deliveries)"
                            " VALUES (:stream, :name, :ms, :sequence, :consumer, :now, 1)",
         soci::use(read.stream), soci::use(read.group), soci::use(ms), soci::use(sequence),
         soci::use(read.consumer), soci::use(now));
    for (const auto& row : rows) {
        ms = row.ms;
        sequence = row.sequence;
        insert.execute(true);
    }
    session << "UPDATE stream_groups SET last_ms = :ms, last_sequence = :sequence"
               " WHERE stream = :stream AND name = :name",
        soci::use(ms), soci::use(sequence), soci::use(read.stream), soci::use(read.group);
    return to_entries(rows);
}

void remove_pending(soci::session& session, const std::string& stream, const std::string& group,
                    const std::vector<std::string>& ids) {
    for (const auto& text : ids) {
        const auto id = read_entry_id(text);
        if (!id) continue;
        const long long ms = id->ms;
        const long long sequence = id->sequence;
        session << "DELETE FROM pending WHERE stream = :stream AND group_name = :name"
                   " AND ms = :ms AND sequence = :sequence",
            soci::use(stream), soci::use(group), soci::use(ms), soci::use(sequence);
    }
}

std::vector<Entry> take_idle(soci::session& session, const GroupRead& read, std::int64_t idle_ms,
                             std::int64_t steady_ms) {
    const long long now = steady_ms;
    const long long idle_since = steady_ms - idle_ms;
    const long long limit = static_cast<long long>(read.count);
    // An entry that was trimmed away can never be handled: forget that it is pending.
    session << "DELETE FROM pending WHERE stream = :stream AND group_name = :name AND NOT EXISTS"
               " (SELECT 1 FROM entries WHERE entries.stream = pending.stream"
               " AND entries.ms = pending.ms AND entries.sequence = pending.sequence)",
        soci::use(read.stream), soci::use(read.group);
    std::vector<EntryRow> rows;
    EntryRow row;
    soci::statement query =
        (session.prepare
             << "SELECT e.ms, e.sequence, p.deliveries, e.data, e.event_type, e.event_id"
                " FROM pending p JOIN entries e ON e.stream = p.stream AND e.ms = p.ms"
                " AND e.sequence = p.sequence WHERE p.stream = :stream AND p.group_name = :name"
                " AND (p.delivered_ms <= :idle_since OR p.delivered_ms > :now)"
                " ORDER BY e.ms, e.sequence LIMIT :count",
         soci::into(row.ms), soci::into(row.sequence), soci::into(row.deliveries),
         soci::into(row.event.data), soci::into(row.event.event_type),
         soci::into(row.event.event_id), soci::use(read.stream), soci::use(read.group),
         soci::use(idle_since), soci::use(now), soci::use(limit));
    query.execute();
    while (query.fetch()) {
        ++row.deliveries;
        rows.push_back(row);
    }
    for (const auto& taken : rows) {
        session << "UPDATE pending SET consumer = :consumer, delivered_ms = :now,"
                   " deliveries = :deliveries WHERE stream = :stream AND group_name = :name"
                   " AND ms = :ms AND sequence = :sequence",
            soci::use(read.consumer), soci::use(now), soci::use(taken.deliveries),
            soci::use(read.stream), soci::use(read.group), soci::use(taken.ms),
            soci::use(taken.sequence);
    }
    return to_entries(rows);
}

void remove_entries(soci::session& session, const std::string& stream,
                    const std::vector<std::string>& ids) {
    Tail tail = tail_of(session, stream);
    for (const auto& text : ids) {
        const auto id = read_entry_id(text);
        if (!id) continue;
        const long long ms = id->ms;
        const long long sequence = id->sequence;
        soci::statement remove = (session.prepare << "DELETE FROM entries WHERE stream = :stream"
                                                     " AND ms = :ms AND sequence = :sequence",
                                  soci::use(stream), soci::use(ms), soci::use(sequence));
        remove.execute(true);
        tail.length -= remove.get_affected_rows();
    }
    if (tail.exists) save_tail(session, stream, tail);
}

StreamEnd end_of(soci::session& session, const std::string& stream) {
    const Tail tail = tail_of(session, stream);
    if (!tail.exists) return {};
    return {tail.last.text(), static_cast<std::uint64_t>(tail.length)};
}

Result<GroupLag> lag_of(soci::session& session, const std::string& stream,
                        const std::string& group) {
    const GroupRead read{.stream = stream, .group = group};
    const auto position = position_of(session, read);
    if (!position) return std::unexpected(no_group(read));
    const long long ms = position->ms;
    const long long sequence = position->sequence;
    long long waiting = 0;
    long long pending = 0;
    session << "SELECT COUNT(*) FROM entries WHERE stream = :stream"
               " AND (ms, sequence) > (:ms, :sequence)",
        soci::into(waiting), soci::use(stream), soci::use(ms), soci::use(sequence);
    session << "SELECT COUNT(*) FROM pending WHERE stream = :stream AND group_name = :name",
        soci::into(pending), soci::use(stream), soci::use(group);
    return GroupLag{.waiting = static_cast<std::uint64_t>(waiting),
                    .pending = static_cast<std::uint64_t>(pending)};
}

std::vector<Entry> entries_after(soci::session& session, const std::string& stream, EntryId after,
                                 std::size_t count) {
    return to_entries(rows_after(session, stream, after, count));
}

}  // namespace dsm::stream

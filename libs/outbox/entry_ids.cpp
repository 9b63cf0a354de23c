// Entry ids only grow, whatever the clock does and whoever else appends.
#include "libs/outbox/entry_ids.hpp"

#include <soci/soci.h>

#include <algorithm>

#include "libs/stream/event_stream.hpp"

namespace dsm::outbox {

namespace {

/// Reserves ids of one destination for whoever holds it, until the end of its transaction.
class EntryIds {
public:
    EntryIds(soci::session& session, std::string destination, Instant now)
        : session_(session),
          destination_(std::move(destination)),
          now_ms_(static_cast<std::uint64_t>(now.time_since_epoch().count() / 1000)) {
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
    session << "SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' outbox'),"
               " hashtext(:destination))",
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
        (session.prepare << "SELECT id, reserved_entry_id, event_id, order_key FROM outbox"
                            " WHERE id < :before"
                            " AND state || '' = 'delivered' AND destination || '' = :destination"
                            " ORDER BY id DESC LIMIT :count",
         soci::into(id), soci::into(row.entry_id), soci::into(row.event_id),
         soci::into(row.order_key), soci::use(below), soci::use(destination), soci::use(count));
    query.execute();
    while (query.fetch()) {
        row.row = id;
        rows.push_back(row);
    }
    return rows;
}

}  // namespace dsm::outbox

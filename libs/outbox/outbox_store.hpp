// The statements on the outbox table. Internal to libs/outbox; all run inside a transaction of the
// caller's and throw SOCI's errors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/outbox/outbox.hpp"

namespace dsm::outbox {

struct Backlog {
    std::string destination;
    std::int64_t rows = 0;
    std::int64_t oldest_us = 0;  ///< when the oldest was enqueued, microseconds since 1970
};

std::vector<std::string> waiting_destinations(soci::session& session);
std::vector<Backlog> backlogs(soci::session& session);

/// The oldest waiting rows of a destination.
std::vector<Row> next_rows(soci::session& session, const std::string& destination,
                           std::size_t limit);

/// Two relays for a moment give a row one id all the same: the second waits here for the first.
/// Comes before `next_rows`.
void hold_entry_ids(soci::session& session, const std::string& destination);

/// Gives each row without one the next entry id of its destination and stores it: later than every
/// id reserved before, whatever the clock did. Changes `rows`.
void reserve_entry_ids(soci::session& session, const std::string& destination,
                       std::vector<Row>& rows, Instant now);

/// The streams that ever got something.
std::vector<std::string> stream_destinations(soci::session& session);

/// A later entry id than `tried` and `top`, stored, for a row whose `tried` is taken; the one that
/// somebody else gave it since, if so. "": the row does not wait any more.
std::string renumber(soci::session& session, const Row& row, const std::string& top, Instant now);

/// Parked rows after row `after`, oldest first.
std::vector<Row> parked_rows(soci::session& session, std::int64_t after, std::size_t limit);

/// One parked row, or all of them, wait again; gives how many.
std::size_t retry_parked(soci::session& session, std::optional<std::int64_t> row);

/// A row that was put into a stream, and where.
struct Published {
    std::int64_t row = 0;
    std::string entry_id;
    std::string event_id;
};

/// Rows delivered to a stream, latest first, with an id below `before`.
std::vector<Published> published(soci::session& session, const std::string& destination,
                                 std::int64_t before, std::size_t limit);

/// Delivered rows wait again; their entry ids stay as they are.
void wait_again(soci::session& session, const std::vector<std::int64_t>& rows);

/// What became of the rows of one batch.
struct Progress {
    std::vector<std::int64_t> delivered;
    std::vector<std::int64_t> parked;
    std::vector<std::int64_t> refused;  ///< stay waiting, with one attempt more

    bool empty() const { return delivered.empty() && parked.empty() && refused.empty(); }
};
void record(soci::session& session, const Progress& progress, Instant now);

/// Removes at most `limit` rows that were delivered before `before`; gives how many.
std::size_t purge_delivered(soci::session& session, Instant before, std::size_t limit);

}  // namespace dsm::outbox

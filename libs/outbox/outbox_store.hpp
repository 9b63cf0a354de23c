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

/// Gives each row without one the next entry id of its destination and stores it: later than every
/// id reserved before, whatever the clock did. Changes `rows`.
void reserve_entry_ids(soci::session& session, const std::string& destination,
                       std::vector<Row>& rows, Instant now);

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

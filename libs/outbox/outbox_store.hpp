// The statements on the outbox table. Internal to libs/outbox; all run inside a transaction of the
// caller's and throw SOCI's errors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libs/outbox/outbox.hpp"
#include "libs/outbox/suspects.hpp"

namespace dsm::outbox {

struct Backlog {
    std::string destination;
    std::int64_t rows = 0;
    std::int64_t oldest_us = 0;  ///< when the oldest was enqueued, microseconds since 1970
};

std::vector<std::string> waiting_destinations(soci::session& session);
std::vector<Backlog> backlogs(soci::session& session);

/// Rows that wait though they were refused, and rows that are parked, by destination.
std::map<std::string, std::int64_t> refused_counts(soci::session& session);
std::map<std::string, std::int64_t> parked_counts(soci::session& session);

/// The oldest waiting rows of a destination that were never refused and whose key is not held.
std::vector<Row> next_rows(soci::session& session, const std::string& destination,
                           std::size_t limit);

/// The waiting rows of a destination that were refused, in order of id.
std::vector<Refused> refused_rows(soci::session& session, const std::string& destination);

/// Those of the rows with these ids that still wait, in order of the ids.
std::vector<Row> waiting_rows(soci::session& session, const std::vector<std::int64_t>& ids);

/// Parked rows after row `after`, oldest first.
std::vector<Row> parked_rows(soci::session& session, std::int64_t after, std::size_t limit);

/// One parked row, or all of them, wait again; gives how many.
std::size_t retry_parked(soci::session& session, std::optional<std::int64_t> row);

/// Delivered rows wait again; their entry ids stay as they are.
void wait_again(soci::session& session, const std::vector<std::int64_t>& rows);

struct Refusal {
    std::int64_t row = 0;
    std::string why;
    bool held = false;  ///< later rows of its key wait for it
};

/// What became of the rows of one batch.
struct Progress {
    std::vector<std::int64_t> delivered;
    std::vector<Refusal> parked;
    std::vector<Refusal> refused;     ///< by what they are: stay waiting as suspects
    std::vector<std::int64_t> tried;  ///< stay waiting as they were, with one attempt more

    bool empty() const {
        return delivered.empty() && parked.empty() && refused.empty() && tried.empty();
    }
};
/// Of rows that still wait: what another relay has finished meanwhile stays as that one left it.
void record(soci::session& session, const Progress& progress, Instant now);

/// Removes at most `limit` rows that were delivered before `before`; gives how many.
std::size_t purge_delivered(soci::session& session, Instant before, std::size_t limit);

}  // namespace dsm::outbox

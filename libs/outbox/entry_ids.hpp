// The statements on the entry ids of rows that go to a stream. Internal to libs/outbox; all run
// inside a transaction of the caller's and throw SOCI's errors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/outbox/outbox.hpp"

namespace dsm::outbox {

/// Two relays for a moment give a row one id all the same: the second waits here for the first.
/// On PostgreSQL it still sees the store as it was at its BEGIN: when both change a row, its
/// transaction fails and is done again. Comes before `next_rows`.
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

/// A row that was put into a stream, and where.
struct Published {
    std::int64_t row = 0;
    std::string entry_id;
    std::string event_id;
    std::string order_key;
};

/// Rows delivered to a stream, latest first, with an id below `before`.
std::vector<Published> published(soci::session& session, const std::string& destination,
                                 std::int64_t before, std::size_t limit);

}  // namespace dsm::outbox

// Remembers which events a service has applied, so that a repeat is dropped in the transaction that
// would apply it.
#pragma once

#include <cstddef>
#include <string>

namespace soci {
class session;
}

namespace dsm::sql {

/// The table `seen_events`, for a service's own migrations.
extern const char* const kSeenEventsSqlite;
extern const char* const kSeenEventsPostgresql;

/// True when `event_id` was never seen by `consumer`, and now is. Keeps the last `keep` events of
/// all consumers: more than a stream retains, so that what can still be redelivered is remembered.
/// Call inside a write transaction, before its effect. Throws SOCI's errors.
bool first_sight(soci::session& session, const std::string& consumer, const std::string& event_id,
                 std::size_t keep);

}  // namespace dsm::sql

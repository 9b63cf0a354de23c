// One row an event; the oldest rows leave by their number, so that no clock is asked.
#include "libs/sql/seen_events.hpp"

#include <soci/soci.h>

namespace dsm::sql {

const char* const kSeenEventsSqlite =
    "CREATE TABLE seen_events (\n"
    "  number INTEGER PRIMARY KEY AUTOINCREMENT,\n"
    "  consumer TEXT NOT NULL,\n"
    "  event_id TEXT NOT NULL,\n"
    "  UNIQUE (consumer, event_id)\n"
    ")";

const char* const kSeenEventsPostgresql =
    "CREATE TABLE seen_events (\n"
    "  number BIGSERIAL PRIMARY KEY,\n"
    "  consumer TEXT NOT NULL,\n"
    "  event_id TEXT NOT NULL,\n"
    "  UNIQUE (consumer, event_id)\n"
    ")";

bool first_sight(soci::session& session, const std::string& consumer, const std::string& event_id,
                 std::size_t keep) {
    soci::statement insert =
        (session.prepare << "INSERT INTO seen_events (consumer, event_id) VALUES (:consumer, :id) "
                            "ON CONFLICT (consumer, event_id) DO NOTHING",
         soci::use(consumer, "consumer"), soci::use(event_id, "id"));
    insert.execute(true);
    if (insert.get_affected_rows() == 0) return false;
    const auto kept = static_cast<long long>(keep);
    session << "DELETE FROM seen_events WHERE number <= (SELECT MAX(number) FROM seen_events) - "
               ":keep",
        soci::use(kept, "keep");
    return true;
}

}  // namespace dsm::sql

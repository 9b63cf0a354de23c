// Whether a pooler stands before the server, and whether it keeps a session for its client.
// Internal to libs/sql.
#pragma once

#include <libpq-fe.h>
#include <soci/soci.h>

#include <chrono>
#include <string>

#include "libs/rt/alarms.hpp"

namespace dsm::sql {

/// True if the process that serves the session is not the one that the client was told of when it
/// connected. A server tells its own, a pooler a number that it made up.
bool is_behind_pooler(PGconn* connection, const std::string& backend);

/// The number that `connection` was told: a pooler's is its client's alone.
std::string number_of(PGconn* connection);

/// Throws CannotConnect, with a sentence that says what to do, when the pooler is seen to give one
/// server session to several clients. That takes `session` and a second one of the same address,
/// and many round trips: a few of them have `limit`, after which the sessions are cut.
void refuse_shared_sessions(soci::session& session, soci::session& another,
                            std::chrono::milliseconds limit, rt::Alarms& alarms);

}  // namespace dsm::sql

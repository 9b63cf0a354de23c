// One session with a PostgreSQL server, no wait on which is without end. Internal to libs/sql.
#pragma once

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <chrono>
#include <memory>
#include <string>

#include "libs/rt/alarms.hpp"

namespace dsm::sql {

/// No session came about.
class CannotConnect : public soci::postgresql_soci_error {
public:
    CannotConnect(const std::string& why, bool silent)
        : soci::postgresql_soci_error(why, "08001"), silent_(silent) {}

    /// True if the server was waited for in vain.
    bool silent() const { return silent_; }

private:
    bool silent_;
};

/// Blocks for `limit` and a moment at the longest, for each address of the server that does not
/// answer. Throws CannotConnect; its text repeats nothing of `dsn`.
std::unique_ptr<soci::session> open_session(const std::string& dsn, std::chrono::milliseconds limit,
                                            rt::Alarms& alarms);

PGconn* connection_of(soci::session& session);

/// Shuts the connection's socket down at `deadline`, so that whoever waits on it fails. Throws
/// CannotConnect when no file descriptor is free.
std::unique_ptr<rt::Alarms::Alarm> cut_at(PGconn* connection, rt::Deadline deadline,
                                          rt::Alarms& alarms);

/// Past SOCI's statement objects: one round trip for several statements that bind nothing. The
/// first value of the last answer; empty for none, and for NULL. Throws
/// soci::postgresql_soci_error.
std::string ask(soci::session& session, const std::string& statements);

}  // namespace dsm::sql

#include "libs/sql/postgresql/pooler.hpp"

#include <fmt/format.h>

#include "libs/sql/postgresql/session.hpp"

namespace dsm::sql {
namespace {

/// One is enough while nobody else uses the pool: what a client gave back is what the next one
/// gets. Others may get in between, each time anew.
constexpr int kRounds = 16;

constexpr const char* kBackend = "SELECT pg_backend_pid()";
constexpr const char* kRefusal =
    "the pooler before the server gives one server session to several clients, so that DSM's turns "
    "and settings would get lost: set pool_mode = session for this database, or give DSM the "
    "address of the server itself";

/// One transaction of `another` between two statements of `session`.
bool shares(soci::session& session, soci::session& another) {
    const auto ours = ask(session, kBackend);
    // While it holds the only one, asking for ours again would wait in vain.
    const bool theirs = ask(another, fmt::format("BEGIN; {}", kBackend)) == ours;
    const bool moved = theirs || ask(session, kBackend) != ours;
    ask(another, "COMMIT");
    return moved;
}

}  // namespace

bool is_behind_pooler(PGconn* connection, const std::string& backend) {
    return number_of(connection) != backend;
}

std::string number_of(PGconn* connection) {
    return std::to_string(PQbackendPID(connection));
}

void refuse_shared_sessions(soci::session& session, soci::session& another,
                            std::chrono::milliseconds limit, rt::Alarms& alarms) {
    const rt::SystemClock clock;
    for (int round = 0; round < kRounds; ++round) {
        const auto deadline = rt::Deadline::after(clock, limit);
        const auto one = cut_at(connection_of(session), deadline, alarms);
        const auto other = cut_at(connection_of(another), deadline, alarms);
        bool shared = false;
        try {
            shared = shares(session, another);
        } catch (const soci::soci_error& error) {
            // It knows no transactions at all.
            if (!error.get_error_message().contains("statement pooling")) throw;
            shared = true;
        }
        if (shared) throw CannotConnect(kRefusal, false);
        const bool cut = one->disarm();
        if (other->disarm() || cut) throw CannotConnect("the server does not answer", true);
    }
}

}  // namespace dsm::sql

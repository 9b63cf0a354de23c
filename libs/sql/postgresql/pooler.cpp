#include "libs/sql/postgresql/pooler.hpp"

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
    ask(another, "BEGIN");
    // While it holds the only one, asking for ours again would wait in vain.
    const bool theirs = ask(another, kBackend) == ours;
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

void refuse_shared_sessions(soci::session& session, soci::session& another) {
    for (int round = 0; round < kRounds; ++round) {
        bool shared = false;
        try {
            shared = shares(session, another);
        } catch (const soci::soci_error& error) {
            // It knows no transactions at all.
            if (!error.get_error_message().contains("statement pooling")) throw;
            shared = true;
        }
        if (shared) throw CannotConnect(kRefusal, false);
    }
}

}  // namespace dsm::sql

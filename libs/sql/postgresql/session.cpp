// libpq waits without end for a server that keeps the connection and does not answer; what it waits
// on is cut from another thread.
#include "libs/sql/postgresql/session.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>

#include "libs/sql/postgresql/refusal.hpp"

namespace dsm::sql {
namespace {

/// A copy of a session's socket. Its own number may be another file's by the time that it is
/// wanted, since libpq closes the socket when it likes.
class SocketCopy {
public:
    explicit SocketCopy(int socket) : copy_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
        if (copy_ < 0) throw CannotConnect("no file descriptor is free", false);
    }
    ~SocketCopy() { ::close(copy_); }
    SocketCopy(const SocketCopy&) = delete;
    SocketCopy& operator=(const SocketCopy&) = delete;

    void shut_down() const noexcept { ::shutdown(copy_, SHUT_RDWR); }

private:
    int copy_;
};

/// Called on this thread with each connection that SOCI has made.
thread_local std::function<void(PGconn*)> on_connected;

}  // namespace

std::unique_ptr<soci::session> open_session(const std::string& dsn, std::chrono::milliseconds limit,
                                            rt::Alarms& alarms) {
    const rt::SystemClock clock;
    const auto begun = clock.steady();
    std::unique_ptr<rt::Alarms::Alarm> alarm;
    auto session = std::make_unique<soci::session>();
    try {
        on_connected = [&](PGconn* connection) {
            // By default they go to the standard error, which is the log's.
            PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
            alarm = cut_at(connection, rt::Deadline::after(clock, limit), alarms);
        };
        session->open(soci::postgresql, dsn);
        on_connected = nullptr;
    } catch (const soci::soci_error& error) {
        on_connected = nullptr;
        const auto reason = reason_in(error.get_error_message());
        const auto refusal = refusal_in(reason);
        const bool silent =
            refusal == Refusal::kNone && clock.steady() - begun >= std::chrono::seconds(1);
        if (silent) throw CannotConnect("the server does not answer", silent);
        throw CannotConnect("cannot connect" + reason + advice_for(refusal), silent);
    }
    if (!alarm) {
        throw CannotConnect(
            "this build does not stand before libpq's PQconnectdb, so that no wait has a limit; "
            "link the program with its symbol exported",
            false);
    }
    if (alarm->disarm()) throw CannotConnect("the server does not answer", true);
    return session;
}

PGconn* connection_of(soci::session& session) {
    return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

std::unique_ptr<rt::Alarms::Alarm> cut_at(PGconn* connection, rt::Deadline deadline,
                                          rt::Alarms& alarms) {
    const auto socket = std::make_shared<SocketCopy>(PQsocket(connection));
    return alarms.set(deadline, [socket] { socket->shut_down(); });
}

std::string ask(soci::session& session, const std::string& statements) {
    PGconn* connection = connection_of(session);
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
        PQexec(connection, statements.c_str()), PQclear);
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_TUPLES_OK) {
        const bool some = PQntuples(result.get()) > 0 && PQnfields(result.get()) > 0;
        return some ? PQgetvalue(result.get(), 0, 0) : "";
    }
    if (status == PGRES_COMMAND_OK) return {};
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    throw soci::postgresql_soci_error(PQerrorMessage(connection), state ? state : "08006");
}

}  // namespace dsm::sql

/// Stands before libpq's function of this name, which SOCI calls: SOCI speaks to the server right
/// after it, inside its constructor, before anybody could put a limit to that.
extern "C" PGconn* PQconnectdb(const char* conninfo) {
    // As libpq's does it: the string in the database's place is taken apart.
    const char* const keywords[] = {"dbname", nullptr};
    const char* const values[] = {conninfo, nullptr};
    PGconn* connection = PQconnectdbParams(keywords, values, 1);
    const bool connected = connection != nullptr && PQstatus(connection) == CONNECTION_OK;
    if (connected && dsm::sql::on_connected) {
        try {
            dsm::sql::on_connected(connection);
        } catch (const soci::soci_error&) {
            PQfinish(connection);
            return nullptr;
        }
    }
    return connection;
}

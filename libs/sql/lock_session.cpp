// libpq without its waits: it parses, Asio tells when there is something to parse.
#include "libs/sql/lock_session.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "libs/sql/postgresql/refusal.hpp"

namespace dsm::sql {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr auto kAnswerWithin = 3s;

struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};

std::string last_value(PGresult* result) {
    const int rows = PQntuples(result);
    return rows > 0 && PQnfields(result) > 0 ? PQgetvalue(result, rows - 1, 0) : "";
}

}  // namespace

struct LockSession::Statement {
    Statement(const asio::any_io_executor& executor, std::string statement)
        : text(std::move(statement)), answered(executor) {}

    std::string text;
    rt::Steady sent;
    /// Cancelled when `outcome` is there; else due when the statement in front is late.
    asio::steady_timer answered;
    std::optional<Result<std::string>> outcome;
    std::string value;
    std::string error;
};

void LockSession::Close::operator()(pg_conn* connection) const {
    PQfinish(connection);
}

LockSession::LockSession(Connection connection, const asio::any_io_executor& executor,
                         const rt::Clock& clock)
    : connection_(std::move(connection)), socket_(executor), clock_(clock) {
    // A copy, because libpq closes its own.
    const int copy = dup(PQsocket(connection_.get()));
    boost::system::error_code error;
    if (copy >= 0) socket_.assign(copy, error);
    if (copy < 0 || error) end();
}

LockSession::~LockSession() {
    end();
}

Result<LockSession::Connection> LockSession::connect(const std::string& dsn) {
    // The string goes in as the database's name, which libpq expands, keywords or URI; what follows
    // it wins over what it says.
    const std::array keywords{"dbname",
                              "connect_timeout",
                              "keepalives_idle",
                              "keepalives_interval",
                              "keepalives_count",
                              "fallback_application_name",
                              static_cast<const char*>(nullptr)};
    const std::array values{
        dsn.c_str(), "2", "5", "2", "3", "dsm turns", static_cast<const char*>(nullptr)};
    Connection connection(PQconnectdbParams(keywords.data(), values.data(), 1));
    if (!connection || PQstatus(connection.get()) != CONNECTION_OK) {
        const std::string said = connection ? PQerrorMessage(connection.get()) : "";
        const auto reason = reason_in(said);
        return fail(ErrorCode::kUnavailable,
                    "cannot connect" + reason + advice_for(refusal_in(reason)));
    }
    PQsetnonblocking(connection.get(), 1);
    PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    return connection;
}

asio::awaitable<Result<std::shared_ptr<LockSession>>> LockSession::open(
    std::string dsn, rt::BlockingPool& connecting, const rt::Clock& clock) {
    auto connection = co_await connecting.run([&dsn] { return connect(dsn); });
    if (!connection) co_return std::unexpected(connection.error());
    const auto executor = co_await asio::this_coro::executor;
    co_return std::shared_ptr<LockSession>(
        new LockSession(std::move(*connection), executor, clock));
}

void LockSession::end() {
    if (!alive_) return;
    alive_ = false;
    boost::system::error_code ignored;
    socket_.close(ignored);
    connection_.reset();
    for (const auto& statement : std::exchange(statements_, {})) {
        statement->outcome = fail(ErrorCode::kUnavailable, "the session has ended");
        statement->answered.cancel();
    }
}

std::shared_ptr<LockSession::Statement> LockSession::enqueue(std::string text) {
    auto statement = std::make_shared<Statement>(socket_.get_executor(), std::move(text));
    if (!alive_) {
        statement->outcome = fail(ErrorCode::kUnavailable, "the session has ended");
        return statement;
    }
    statements_.push_back(statement);
    if (statements_.size() == 1) send_next();
    if (alive_) statement->answered.expires_at(statements_.front()->sent + kAnswerWithin);
    return statement;
}

void LockSession::tell(std::string statement) {
    enqueue(std::move(statement));
}

asio::awaitable<Result<std::string>> LockSession::ask(std::string text) {
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto statement = enqueue(std::move(text));
    while (!statement->outcome) {
        co_await statement->answered.async_wait(asio::as_tuple(asio::use_awaitable));
        if (statement->outcome || clock_.steady() < statement->answered.expiry()) continue;
        // The answer may be there, and this process was what was slow.
        read();
        if (statement->outcome) break;
        const auto late = statements_.front()->sent + kAnswerWithin;
        if (late <= clock_.steady()) {
            end();
        } else {
            statement->answered.expires_at(late);
        }
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return *statement->outcome;
}

/// A statement is small and follows the answer to the one before it, so the socket takes it whole.
void LockSession::send_next() {
    if (statements_.empty()) return;
    statements_.front()->sent = clock_.steady();
    const bool sent = PQsendQuery(connection_.get(), statements_.front()->text.c_str()) == 1 &&
                      PQflush(connection_.get()) == 0;
    if (!sent) end();
}

void LockSession::take_answers() {
    // Also when nothing is waited for: libpq parses what it was sent only when asked.
    while (alive_ && PQisBusy(connection_.get()) == 0 && !statements_.empty()) {
        const auto statement = statements_.front();
        const std::unique_ptr<PGresult, Clear> result(PQgetResult(connection_.get()));
        if (result) {
            const auto status = PQresultStatus(result.get());
            if (status == PGRES_TUPLES_OK) {
                statement->value = last_value(result.get());
            } else if (status != PGRES_COMMAND_OK) {
                statement->error = PQresultErrorMessage(result.get());
            }
            continue;
        }
        statements_.pop_front();
        statement->outcome = statement->error.empty()
                                 ? Result<std::string>(statement->value)
                                 : fail(ErrorCode::kUnavailable, statement->error);
        statement->answered.cancel();
        send_next();
    }
}

asio::awaitable<void> LockSession::listen() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (alive_) {
        const auto [error] = co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                                                         asio::as_tuple(asio::use_awaitable));
        if (error) end();
        read();
    }
}

bool LockSession::still_alive() {
    if (!alive_) return false;
    // The server's last words and its end arrive apart, and the end is what counts.
    pollfd ended{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
    if (::poll(&ended, 1, 0) > 0) end();
    return alive_;
}

void LockSession::read() {
    if (!alive_) return;
    if (PQconsumeInput(connection_.get()) == 0) return end();
    take_answers();
}

}  // namespace dsm::sql

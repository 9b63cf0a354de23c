// How a name is taken: tried, registered as waited for, polled, given up.
#include "libs/sql/advisory_locks.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "libs/base/digest.hpp"
#include "libs/rt/backoff.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/sql/lock_session.hpp"
#include "libs/sql/postgresql/refusal.hpp"
#include "libs/sql/postgresql/schema_name.hpp"

namespace dsm::sql {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;
using Session = std::shared_ptr<LockSession>;

constexpr auto kAskEvery = 2s;
constexpr const char* kBackend = "SELECT pg_backend_pid()";
constexpr rt::BackoffSettings kPoll{.first = 5ms, .limit = 50ms, .factor = 2.0};

/// The server's own limits would end a session that only waits; its keepalives end one whose host
/// is gone. Settings that this server does not know are passed over.
constexpr const char* kPrepare =
    "SELECT set_config(s.name, v.value, false)"
    " FROM (VALUES ('idle_session_timeout', '0'), ('statement_timeout', '3000'),"
    " ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '2'),"
    " ('tcp_keepalives_count', '3'), ('tcp_user_timeout', '11000')) AS v (name, value)"
    " JOIN pg_settings AS s ON s.name = v.name";

std::string key_of(const std::string& text) {
    return std::to_string(
        static_cast<std::int64_t>(std::stoull(sha256_hex(text).substr(0, 16), nullptr, 16)));
}

/// The statements about one name. Beside its own key a name has one that those who wait for it
/// share: while anybody does, a newcomer finds it taken.
struct Name {
    Name(const std::string& service, const std::string& name)
        : key(key_of(service + "\n" + name)), queue(key_of(service + "\n" + name + "\nwaiting")) {}

    std::string first_try() const {
        return fmt::format(
            "SELECT CASE WHEN pg_try_advisory_xact_lock({})"
            " THEN CASE WHEN pg_try_advisory_lock({}) THEN 'taken' END END",
            queue, key);
    }
    std::string line_up() const {
        return fmt::format("SELECT CASE WHEN pg_try_advisory_lock_shared({}) THEN 'waits' END",
                           queue);
    }
    std::string try_in_line() const {
        return fmt::format(
            "SELECT CASE WHEN pg_try_advisory_lock({}) THEN"
            " CASE WHEN pg_advisory_unlock_shared({}) THEN 'taken' END END",
            key, queue);
    }
    std::string leave_line() const {
        return fmt::format("SELECT pg_advisory_unlock_shared({})", queue);
    }
    std::string give_up() const { return fmt::format("SELECT pg_advisory_unlock({})", key); }

    std::string key;
    std::string queue;
};

}  // namespace

struct AdvisoryLocks::State : std::enable_shared_from_this<State> {
    State(DatabaseSettings given, const asio::any_io_executor& executor, const rt::Clock& clock_in,
          rt::Random& random_in)
        : settings(std::move(given)), clock(clock_in), random(random_in), tasks(executor) {}

    bool remote() const { return settings.dialect == Dialect::kPostgresql; }
    asio::awaitable<Result<std::unique_ptr<Lock>>> take(std::string name, rt::Deadline deadline);
    asio::awaitable<Result<Session>> connected(rt::Deadline deadline);
    asio::awaitable<void> connect();
    asio::awaitable<void> keep_asking(Session asked, std::string backend);

    const DatabaseSettings settings;
    const rt::Clock& clock;
    rt::Random& random;
    rt::BlockingPool connecting_thread{1, 1};
    std::set<std::string> held;
    Session session;
    std::string why_none = "stopping";  ///< there is no session
    bool connecting = false;
    std::vector<std::shared_ptr<asio::steady_timer>> waiting;  ///< for `connecting` to end
    rt::TaskScope tasks;
};

/// One connect for all who want the session.
asio::awaitable<Result<Session>> AdvisoryLocks::State::connected(rt::Deadline deadline) {
    if (session && session->alive()) co_return session;
    if (!connecting) {
        connecting = true;
        tasks.spawn("connect for turns", [this] { return connect(); });
    }
    // One that asks once waits for the connect all the same: it has a limit of its own.
    const auto patience = std::max(deadline.at, clock.steady() + 5s);
    const auto timer = std::make_shared<asio::steady_timer>(tasks.executor(), patience);
    waiting.push_back(timer);
    if (connecting) co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    if (session && session->alive()) co_return session;
    co_return std::unexpected(
        Error{ErrorCode::kUnavailable,
              fmt::format("{}: no session for turns: {}", settings.service, why_none),
              fmt::format("The PostgreSQL schema {} {}.", schema_name(settings.service),
                          sentence_of(refusal_in(why_none)))});
}

asio::awaitable<void> AdvisoryLocks::State::connect() {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto opened = co_await LockSession::open(settings.dsn, connecting_thread, clock);
    if (!opened) why_none = opened.error().message;
    if (opened && !tasks.cancelled()) {
        const Session& fresh = *opened;
        tasks.spawn("listen for turns", [fresh] { return fresh->listen(); });
        auto prepared = co_await fresh->ask(kPrepare);
        if (prepared) prepared = co_await fresh->ask(kBackend);
        if (!prepared) {
            why_none = prepared.error().message;
            fresh->end();
        }
        session = fresh;
        const std::string backend = prepared.value_or("");
        tasks.spawn("keep turns", [this, fresh, backend] { return keep_asking(fresh, backend); });
    }
    connecting = false;
    for (const auto& timer : std::exchange(waiting, {})) timer->cancel();
}

/// A server that stopped answering is noticed by asking; as is a pooler that gave the session, and
/// with it the turns, to another client.
asio::awaitable<void> AdvisoryLocks::State::keep_asking(Session asked, std::string backend) {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (asked->alive()) {
        const bool waited = co_await rt::sleep_for(kAskEvery);
        if (!waited) break;
        const auto answered = co_await asked->ask(kBackend);
        if (!answered || *answered != backend) asked->end();
    }
}

struct AdvisoryLocks::Lock::Grip {
    std::shared_ptr<State> state;
    std::string name;
    Session session;  ///< none on SQLite

    ~Grip() {
        state->held.erase(name);
        if (session) session->tell(Name(state->settings.service, name).give_up());
    }
};

namespace {

/// A place among those who wait for a name; left when it is destroyed.
struct Place {
    explicit Place(const Name& name_in) : name(name_in) {}
    ~Place() {
        if (session) session->tell(name.leave_line());
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    const Name& name;
    Session session;  ///< in which the place is; none: not in line
};

/// True: taken. False: somebody else has it, or goes first.
asio::awaitable<Result<bool>> try_once(Place& place, Session session) {
    if (place.session != session) place.session.reset();
    const Name& name = place.name;
    const auto said = co_await session->ask(place.session ? name.try_in_line() : name.first_try());
    if (!said) co_return std::unexpected(said.error());
    if (*said == "taken") place.session.reset();
    co_return *said == "taken";
}

asio::awaitable<void> line_up(Place& place, Session session) {
    if (place.session) co_return;
    const auto said = co_await session->ask(place.name.line_up());
    if (said && *said == "waits") place.session = session;
}

asio::awaitable<bool> is_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace

asio::awaitable<Result<std::unique_ptr<AdvisoryLocks::Lock>>> AdvisoryLocks::State::take(
    std::string name, rt::Deadline deadline) {
    const Name keys(settings.service, name);
    Place place(keys);
    rt::Backoff poll(kPoll, random);
    while (true) {
        Error error{ErrorCode::kConflict, "somebody else has the turn"};
        // Within the process a name is taken before the server is asked: there the session's locks
        // do not exclude each other.
        if (held.insert(name).second) {
            auto grip = std::make_unique<Lock::Grip>(shared_from_this(), name);
            if (!remote()) co_return std::unique_ptr<Lock>(new Lock(std::move(grip)));
            const auto connection = co_await connected(deadline);
            if (!connection) co_return std::unexpected(connection.error());
            const auto taken = co_await try_once(place, *connection);
            if (taken && *taken) {
                grip->session = *connection;
                co_return std::unique_ptr<Lock>(new Lock(std::move(grip)));
            }
            if (!taken) error = taken.error();
            if (!deadline.passed(clock)) co_await line_up(place, *connection);
        }
        const bool stopping = co_await is_cancelled();
        if (stopping) co_return fail(ErrorCode::kCancelled, "stopping");
        if (deadline.passed(clock)) co_return std::unexpected(std::move(error));
        co_await rt::sleep_for(std::min(poll.next(), deadline.left(clock) + 1ms));
    }
}

AdvisoryLocks::Lock::Lock(std::unique_ptr<Grip> grip) : grip_(std::move(grip)) {}
AdvisoryLocks::Lock::~Lock() = default;

bool AdvisoryLocks::Lock::held() const {
    return !grip_->session || grip_->session->still_alive();
}

AdvisoryLocks::AdvisoryLocks(const DatabaseSettings& settings,
                             const asio::any_io_executor& executor, const rt::Clock& clock,
                             rt::Random& random)
    : state_(std::make_shared<State>(settings, executor, clock, random)) {}

AdvisoryLocks::~AdvisoryLocks() = default;

boost::asio::awaitable<Result<std::unique_ptr<AdvisoryLocks::Lock>>> AdvisoryLocks::take(
    std::string name, rt::Deadline deadline) {
    const auto state = state_;
    // What was asked of the server is waited for, so that nothing is held that nobody knows of.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    auto taken = co_await state->take(std::move(name), deadline);
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return taken;
}

asio::awaitable<void> AdvisoryLocks::close(std::chrono::milliseconds limit) {
    state_->tasks.cancel();
    if (state_->session) state_->session->end();
    co_await state_->tasks.join(limit);
}

}  // namespace dsm::sql

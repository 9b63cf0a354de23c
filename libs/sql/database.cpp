// Which thread and which session a transaction gets, and by when.
#include "libs/sql/database.hpp"

#include <soci/soci.h>

#include <algorithm>

#include "libs/sql/connector.hpp"
#include "libs/sql/group_commit.hpp"
#include "libs/sql/health_probe.hpp"
#include "libs/sql/migrations.hpp"
#include "libs/sql/session_pool.hpp"
#include "libs/sql/transactions.hpp"

namespace dsm::sql {
namespace {

constexpr std::size_t kQueueLimit = 4096;
constexpr const char* kTooMuch = "too much work is waiting";
/// Start-up may migrate a big store, or wait for another process that does.
constexpr std::chrono::seconds kStartLimit{60};

using Work = Transactions::Work;

std::unique_ptr<Connector> make_connector(const DatabaseSettings& settings) {
    return settings.dialect == Dialect::kSqlite ? make_sqlite_connector(settings)
                                                : make_postgresql_connector(settings);
}

std::size_t writers_of(const DatabaseSettings& settings) {
    return settings.dialect == Dialect::kSqlite ? 1 : std::max<std::size_t>(settings.writers, 1);
}

}  // namespace

struct Database::State {
    explicit State(DatabaseSettings given)
        : settings(std::move(given)),
          connector(make_connector(settings)),
          writers(*connector, Access::kWrite, writers_of(settings)),
          readers(*connector, Access::kRead, std::max<std::size_t>(settings.readers, 1)),
          writes(*connector, writers, Access::kWrite, silence, settings.service),
          reads(*connector, is_in_memory(settings) ? writers : readers, Access::kRead, silence,
                settings.service),
          write_threads(writers_of(settings), kQueueLimit) {
        if (is_in_memory(settings)) return;
        read_threads.emplace(std::max<std::size_t>(settings.readers, 1), kQueueLimit);
        if (settings.dialect == Dialect::kSqlite) groups.emplace(kQueueLimit);
        probe.emplace(*connector);
        writes.report_to(*probe);
        reads.report_to(*probe);
    }

    /// A store in memory is one session, so its readers take turns with its writers.
    rt::BlockingPool& threads(Access access) {
        return access == Access::kWrite || !read_threads ? write_threads : *read_threads;
    }

    Result<void> transact(Access access, const Work& work, rt::Deadline deadline) {
        auto& transactions = access == Access::kWrite ? writes : reads;
        return transactions.run(work, deadline, settings.limit);
    }

    const DatabaseSettings settings;
    const std::unique_ptr<Connector> connector;
    const rt::SystemClock clock;
    Silence silence;
    SessionPool writers;
    SessionPool readers;
    std::optional<HealthProbe> probe;  ///< none for a store in memory: it cannot be lost
    Transactions writes;
    Transactions reads;
    std::optional<GroupCommit> groups;  ///< where there is one writer, and a disk to sync
    rt::BlockingPool write_threads;
    std::optional<rt::BlockingPool> read_threads;
};

Database::Database() = default;
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(DatabaseSettings settings,
                                                 const std::vector<Migration>& migrations) {
    std::unique_ptr<Database> database(new Database());
    database->state_ = std::make_unique<State>(std::move(settings));
    auto& state = *database->state_;
    const auto refuse = [&](const Error& why) {
        return fail(why.code, fmt::format("{}: {}", state.settings.service, why.message));
    };
    try {
        auto session = state.writers.borrow(rt::Deadline::after(state.clock, kStartLimit));
        auto migrated = migrate(*state.connector, *session, state.settings.dialect, migrations);
        if (!migrated) return refuse(migrated.error());
        if (state.probe) state.probe->expect(schema_after(migrations, state.settings.dialect));
    } catch (const soci::soci_error& error) {
        auto failure = state.connector->classify(error);
        return refuse({failure.error.code, said_of_a_start(std::move(failure.error.message))});
    }
    return database;
}

Dialect Database::dialect() const {
    return state_->settings.dialect;
}

boost::asio::awaitable<Result<void>> Database::run(Kind kind, Work work) {
    const auto access = kind == Kind::kWrite ? Access::kWrite : Access::kRead;
    auto& state = *state_;
    const auto deadline = rt::Deadline::after(state.clock, state.settings.limit);
    const auto silent = [&state] {
        return std::unexpected(Error{ErrorCode::kUnavailable,
                                     state.connector->where() + " does not answer",
                                     state.connector->told(kNoAnswer)});
    };
    const auto pass = state.silence.ask();
    if (!pass) co_return silent();
    const auto transact = [&](const Work& one, rt::Deadline by) -> Result<void> {
        if (!pass->holds(state.silence)) return silent();
        return state.transact(access, one, by);
    };
    if (kind == Kind::kRead || !state.groups) {
        auto outcome = co_await state.threads(access).run([&] { return transact(work, deadline); });
        co_return outcome;
    }
    GroupCommit::Entry entry(work, deadline);
    if (!state.groups->add(entry)) co_return fail(ErrorCode::kUnavailable, kTooMuch);
    auto outcome =
        co_await state.threads(access).run([&] { return state.groups->finish(entry, transact); });
    co_return outcome;
}

Result<void> Database::write_now(const Work& work) {
    return state_->writes.run(work, rt::Deadline::after(state_->clock, kStartLimit), kStartLimit);
}

bool Database::healthy() const {
    return !state_->probe || state_->probe->ask();
}

bool Database::last_known_healthy() const {
    return !state_->probe || state_->probe->last_known();
}

std::string Database::ailment() const {
    return state_->probe ? state_->probe->ailment() : std::string();
}

}  // namespace dsm::sql

// Transactions on pool threads, and what their failures mean to the caller.
#include "libs/sql/database.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <shared_mutex>

#include "libs/failpoint/failpoint.hpp"
#include "libs/sql/connector.hpp"
#include "libs/sql/group_commit.hpp"
#include "libs/sql/health_probe.hpp"
#include "libs/sql/migrations.hpp"
#include "libs/sql/session_pool.hpp"

namespace dsm::sql {
namespace {

constexpr std::size_t kQueueLimit = 4096;
constexpr const char* kTooMuch = "too much work is waiting";
constexpr std::size_t kPostgresqlWriters = 4;
constexpr int kAttempts = 6;
/// From this try on a transaction keeps the process's others out, so that it cannot lose again to
/// them; other processes may still be in its way.
constexpr int kFirstTryAlone = 3;

const failpoint::Point kBeforeCommit("sql.commit.before");
const failpoint::Point kCommitted("sql.commit.after");

using Work = std::function<Result<void>(soci::session&)>;

std::unique_ptr<Connector> make_connector(const DatabaseSettings& settings) {
    return settings.dialect == Dialect::kSqlite ? make_sqlite_connector(settings)
                                                : make_postgresql_connector(settings);
}

std::size_t writers_of(const DatabaseSettings& settings) {
    return settings.dialect == Dialect::kSqlite ? 1 : kPostgresqlWriters;
}

/// One try. An engaged value is the end of it; nullopt means that trying again is worth it.
std::optional<Result<void>> attempt(Connector& connector, SessionPool& sessions, Access access,
                                    const Work& work, const std::string& service, bool last,
                                    HealthProbe* probe) {
    bool committing = false;
    try {
        auto session = sessions.borrow();
        try {
            connector.begin(*session, access);
            auto outcome = work(*session);
            if (!outcome) {
                connector.rollback(*session);
                return outcome;
            }
            const bool writes = access == Access::kWrite;
            if (writes && kBeforeCommit.hit(service) == failpoint::Effect::kError) {
                connector.rollback(*session);
                return fail(ErrorCode::kUnavailable, "a failpoint refused the commit");
            }
            committing = true;
            connector.commit(*session);
            if (writes && probe != nullptr) probe->note_commit();
            if (writes && kCommitted.hit(service) != failpoint::Effect::kNone) {
                return fail(ErrorCode::kUnknown, "the answer to COMMIT was lost: a failpoint");
            }
            return Result<void>{};
        } catch (const soci::soci_error& error) {
            connector.rollback(*session);
            if (connector.classify(error).session_lost) session.drop();
            throw;
        } catch (...) {
            connector.rollback(*session);
            throw;
        }
    } catch (const soci::soci_error& error) {
        auto failure = connector.classify(error);
        // Refusing to write in a read transaction says nothing of the store.
        if (probe != nullptr && (access == Access::kWrite || failure.harm == Harm::kDamaged)) {
            probe->note(failure);
        }
        if (committing && failure.unknown_at_commit) {
            failure.error.code = ErrorCode::kUnknown;
            failure.error.message = "the answer to COMMIT was lost: " + failure.error.message;
            return std::unexpected(std::move(failure.error));
        }
        if ((failure.again || failure.session_lost) && !last) return std::nullopt;
        return std::unexpected(std::move(failure.error));
    }
}

Result<void> transact(Connector& connector, SessionPool& sessions, Access access, const Work& work,
                      const std::string& service, std::shared_mutex& turn, HealthProbe* probe) {
    for (int tries = 1;; ++tries) {
        std::shared_lock together(turn, std::defer_lock);
        std::unique_lock alone(turn, std::defer_lock);
        if (tries < kFirstTryAlone) {
            together.lock();
        } else {
            alone.lock();
        }
        auto outcome =
            attempt(connector, sessions, access, work, service, tries == kAttempts, probe);
        if (outcome) return std::move(*outcome);
    }
}

}  // namespace

struct Database::State {
    explicit State(DatabaseSettings given)
        : settings(std::move(given)),
          connector(make_connector(settings)),
          writers(*connector, Access::kWrite, writers_of(settings)),
          readers(*connector, Access::kRead, std::max<std::size_t>(settings.readers, 1)),
          write_threads(writers_of(settings), kQueueLimit) {
        if (is_in_memory(settings)) return;
        read_threads.emplace(std::max<std::size_t>(settings.readers, 1), kQueueLimit);
        if (settings.dialect == Dialect::kSqlite) groups.emplace(kQueueLimit);
        probe.emplace(*connector);
    }

    /// A store in memory is one session, so its readers take turns with its writers.
    bool shares_writer(Access access) const { return access == Access::kWrite || !read_threads; }
    SessionPool& sessions(Access access) { return shares_writer(access) ? writers : readers; }
    rt::BlockingPool& threads(Access access) {
        return shares_writer(access) ? write_threads : *read_threads;
    }

    Result<void> transact(Access access, const Work& work) {
        auto& turn = access == Access::kWrite ? write_turn : read_turn;
        return sql::transact(*connector, sessions(access), access, work, settings.service, turn,
                             probe ? &*probe : nullptr);
    }

    const DatabaseSettings settings;
    const std::unique_ptr<Connector> connector;
    std::shared_mutex write_turn;
    std::shared_mutex read_turn;
    SessionPool writers;
    SessionPool readers;
    rt::BlockingPool write_threads;
    std::optional<rt::BlockingPool> read_threads;
    std::optional<GroupCommit> groups;  ///< where there is one writer, and a disk to sync
    std::optional<HealthProbe> probe;   ///< none for a store in memory: it cannot be lost
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
        auto session = state.writers.borrow();
        auto migrated = migrate(*state.connector, *session, state.settings.dialect, migrations);
        if (!migrated) return refuse(migrated.error());
    } catch (const soci::soci_error& error) {
        return refuse(state.connector->classify(error).error);
    }
    return database;
}

Dialect Database::dialect() const {
    return state_->settings.dialect;
}

boost::asio::awaitable<Result<void>> Database::run(Kind kind, Work work) {
    const auto access = kind == Kind::kWrite ? Access::kWrite : Access::kRead;
    auto& state = *state_;
    const auto transact = [&state, access](const Work& one) { return state.transact(access, one); };
    if (kind == Kind::kRead || !state.groups) {
        auto outcome = co_await state.threads(access).run([&] { return transact(work); });
        co_return outcome;
    }
    GroupCommit::Entry entry(work);
    if (!state.groups->add(entry)) co_return fail(ErrorCode::kUnavailable, kTooMuch);
    auto outcome =
        co_await state.threads(access).run([&] { return state.groups->finish(entry, transact); });
    co_return outcome;
}

Result<void> Database::write_now(const Work& work) {
    return state_->transact(Access::kWrite, work);
}

bool Database::healthy() const {
    return !state_->probe || state_->probe->ask();
}

std::string Database::ailment() const {
    return state_->probe ? state_->probe->ailment() : std::string();
}

}  // namespace dsm::sql

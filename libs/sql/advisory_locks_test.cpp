// Turns by name: within a process on every store, across sessions on a real PostgreSQL.
#include "libs/sql/advisory_locks.hpp"

#include <gtest/gtest.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <csignal>
#include <cstdlib>

#include "libs/rt/task_scope.hpp"
#include "libs/sql/lock_session.hpp"
#include "libs/sql/postgresql/address.hpp"
#include "libs/testing/fresh_store.hpp"
#include "libs/testing/process.hpp"

namespace dsm::sql {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Lock = std::unique_ptr<AdvisoryLocks::Lock>;

/// One loop on which several replicas of a service live, each with its own session.
class AdvisoryLocksTest : public ::testing::Test {
protected:
    template <class F>
    auto run(F task) {
        loop.restart();
        auto result = asio::co_spawn(loop, task(), asio::use_future);
        while (result.wait_for(0s) != std::future_status::ready) loop.run_one();
        return result.get();
    }
    ~AdvisoryLocksTest() override {
        for (auto& replica : replicas) {
            run([&]() -> asio::awaitable<bool> {
                co_await replica->close(60s);
                co_return true;
            });
        }
    }

    bool remote() const { return settings.dialect == Dialect::kPostgresql; }
    AdvisoryLocks& replica() {
        return *replicas.emplace_back(
            std::make_unique<AdvisoryLocks>(settings, loop.get_executor(), clock, *random));
    }

    Result<Lock> take(AdvisoryLocks& locks, std::string name, std::chrono::milliseconds patience) {
        return run([&] { return locks.take(name, rt::Deadline::after(clock, patience)); });
    }
    /// Lets the loop run until `condition` holds.
    bool becomes(const std::function<bool()>& condition) {
        return run([&]() -> asio::awaitable<bool> {
            const auto until = rt::Deadline::after(clock, 60s);
            while (!condition() && !until.passed(clock)) co_await rt::sleep_for(5ms);
            co_return condition();
        });
    }
    /// What a database's administrator does to the sessions of all replicas.
    void on_server(const std::string& statement) {
        soci::session session(soci::postgresql, settings.dsn);
        session << statement;
    }

    dsm::testing::TemporaryFolder folder;
    DatabaseSettings settings = dsm::testing::fresh_store(folder, "turns");
    rt::SystemClock clock;
    std::unique_ptr<rt::Random> random = rt::make_seeded_random(1);
    asio::io_context loop{1};
    std::vector<std::unique_ptr<AdvisoryLocks>> replicas;
};

#define NEEDS_A_SERVER() \
    if (!remote()) GTEST_SKIP() << "DSM_TEST_POSTGRES is not set"

TEST_F(AdvisoryLocksTest, OneNameIsHeldOnceAndAnotherIsNoMatter) {
    AdvisoryLocks& locks = replica();
    auto first = take(locks, "a", 30s);
    ASSERT_TRUE(first) << first.error().message;

    const auto again = take(locks, "a", 0ms);
    EXPECT_TRUE((*first)->held());
    EXPECT_TRUE(take(locks, "b", 0ms));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::kConflict);
    first->reset();
    EXPECT_TRUE(take(locks, "a", 0ms));
}

TEST_F(AdvisoryLocksTest, WhoWaitsGetsTheNameWhenItIsGivenUp) {
    NEEDS_A_SERVER();
    AdvisoryLocks& here = replica();
    AdvisoryLocks& there = replica();
    auto first = take(here, "a", 30s);
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_EQ(take(there, "a", 30ms).error().code, ErrorCode::kConflict);

    const auto second = run([&]() -> asio::awaitable<Result<Lock>> {
        asio::co_spawn(
            loop,
            [&]() -> asio::awaitable<void> {
                co_await rt::sleep_for(40ms);
                first->reset();
            },
            asio::use_future);
        auto taken = co_await there.take("a", rt::Deadline::after(clock, 60s));
        co_return taken;
    });

    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(take(here, "a", 0ms).error().code, ErrorCode::kConflict);
}

TEST_F(AdvisoryLocksTest, ANewcomerDoesNotOvertakeWhoWaits) {
    NEEDS_A_SERVER();
    AdvisoryLocks& busy = replica();
    AdvisoryLocks& patient = replica();
    auto held = take(busy, "a", 30s);
    ASSERT_TRUE(held) << held.error().message;

    const bool got_it = run([&]() -> asio::awaitable<bool> {
        auto waiting = asio::co_spawn(loop, patient.take("a", rt::Deadline::after(clock, 60s)),
                                      asio::use_future);
        while (waiting.wait_for(0s) != std::future_status::ready) {
            co_await rt::sleep_for(30ms);
            if (held) held->reset();
            // Gives up and takes again without a pause, as one with a queue of its own does.
            held = co_await busy.take("a", rt::Deadline::after(clock, 200ms));
        }
        co_return waiting.get().has_value();
    });

    EXPECT_TRUE(got_it);
}

TEST_F(AdvisoryLocksTest, AHolderWhoseSessionEndsIsToldAndAnotherTakesOver) {
    NEEDS_A_SERVER();
    AdvisoryLocks& here = replica();
    AdvisoryLocks& there = replica();
    const auto first = take(here, "a", 30s);
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_TRUE((*first)->held());

    on_server(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'dsm turns' AND datname = current_database() AND pid IN"
        " (SELECT pid FROM pg_locks WHERE locktype = 'advisory')");

    // The server may take a moment; the loop of the holder is not needed.
    EXPECT_TRUE(dsm::testing::eventually([&] { return !(*first)->held(); }));
    const auto second = take(there, "a", 60s);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(take(here, "a", 0ms).error().code, ErrorCode::kConflict)
        << "the session was opened again, and the name is taken";
    EXPECT_FALSE((*first)->held());
    EXPECT_TRUE((*second)->held());
}

TEST_F(AdvisoryLocksTest, AHolderIsToldWhenTheServerStopsAnswering) {
    NEEDS_A_SERVER();
    const auto taken = take(replica(), "a", 30s);
    ASSERT_TRUE(taken) << taken.error().message;
    int backend = 0;
    soci::session session(soci::postgresql, settings.dsn);
    session << "SELECT pid FROM pg_stat_activity WHERE application_name = 'dsm turns'"
               " AND datname = current_database()",
        soci::into(backend);
    ASSERT_GT(backend, 0);

    ASSERT_EQ(kill(backend, SIGSTOP), 0);
    const bool told = becomes([&] { return !(*taken)->held(); });
    kill(backend, SIGCONT);

    EXPECT_TRUE(told);
}

TEST_F(AdvisoryLocksTest, AStatementMayWaitLongBehindOthersThatAreAnswered) {
    NEEDS_A_SERVER();
    rt::BlockingPool connecting{1, 1};
    rt::TaskScope tasks(loop.get_executor());

    const bool answered = run([&]() -> asio::awaitable<bool> {
        const auto session = (co_await LockSession::open(settings.dsn, connecting, clock)).value();
        tasks.spawn("listen", [session] { return session->listen(); });
        for (int i = 0; i < 4; ++i) session->tell("SELECT pg_sleep(0.85)");
        const auto last = co_await session->ask("SELECT 'here'");
        session->end();
        co_await tasks.join(5s);
        co_return last.value_or("") == "here";
    });

    EXPECT_TRUE(answered);
}

TEST_F(AdvisoryLocksTest, OtherServicesAndOtherNamesDoNotMeet) {
    NEEDS_A_SERVER();
    AdvisoryLocks& here = replica();
    settings.service += "-other";
    AdvisoryLocks& other = replica();
    const auto first = take(here, "a", 30s);

    EXPECT_TRUE(take(other, "a", 0ms));
    EXPECT_TRUE(take(other, "b", 0ms));
    EXPECT_TRUE((*first)->held());
}

TEST_F(AdvisoryLocksTest, AServerThatIsNotThereIsSaidAtOnceAndWithoutItsPassword) {
    settings = {.dialect = Dialect::kPostgresql,
                .dsn = "host='127.0.0.1' port=1 dbname='d' user='u' password='secret'",
                .service = "turns"};
    const auto taken = take(replica(), "a", 20s);

    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error(),
              (Error{ErrorCode::kUnavailable,
                     "turns: no session for turns: cannot connect: Connection refused",
                     "The PostgreSQL schema turns cannot be reached; it goes on by itself once it "
                     "can."}));
}

/// The loopback interface of a network of the test's own, through which nothing comes while it is
/// down: no byte, no acknowledgement and no end of a connection.
class Loopback {
public:
    ~Loopback() { set("up"); }
    static bool set(const char* state) {
        return dsm::testing::run_process({"ip", "link", "set", "lo", state}).exit_code == 0;
    }
};

TEST_F(AdvisoryLocksTest, AHostThatIsCutOffLosesItsTurnsAndKnowsItBeforeAnotherHasThem) {
    if (std::getenv("DSM_TEST_OWN_NETWORK") == nullptr) {
        GTEST_SKIP() << "needs tests/postgresql/with_network";
    }
    std::string folder_of_server;
    {
        soci::session session(soci::postgresql, settings.dsn);
        session << "SHOW unix_socket_directories", soci::into(folder_of_server);
    }
    const auto first = take(replica(), "a", 10s);
    ASSERT_TRUE(first) << first.error().message;
    settings.dsn =
        dsn_with(settings.dsn, "host", folder_of_server);  // by a socket, not the network
    AdvisoryLocks& there = replica();
    ASSERT_EQ(take(there, "a", 0ms).error().code, ErrorCode::kConflict);
    const Loopback network;
    ASSERT_TRUE(network.set("down"));
    const auto begun = clock.steady();

    const auto second = take(there, "a", 60s);

    const auto lasted =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady() - begun);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_FALSE((*first)->held());
    EXPECT_TRUE((*second)->held());
    // 11 s, and as much again for a machine that is busy.
    EXPECT_LT(lasted, 22s);
    RecordProperty("milliseconds", std::to_string(lasted.count()));
}

TEST_F(AdvisoryLocksTest, ManyNamesAreOneSession) {
    NEEDS_A_SERVER();
    AdvisoryLocks& locks = replica();
    std::vector<Lock> held;
    for (int i = 0; i < 100; ++i) {
        auto taken = take(locks, fmt::format("p{}", i), 30s);
        ASSERT_TRUE(taken) << taken.error().message;
        held.push_back(std::move(*taken));
    }

    int sessions = 0;
    soci::session session(soci::postgresql, settings.dsn);
    session << "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'dsm turns'"
               " AND datname = current_database()",
        soci::into(sessions);
    EXPECT_EQ(sessions, 1);
}

}  // namespace
}  // namespace dsm::sql

// Behind a real pgbouncer: one that keeps sessions serves, one that shares them is refused.
#include <pwd.h>
#include <soci/postgresql/soci-postgresql.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "libs/sql/advisory_locks.hpp"
#include "libs/sql/connector.hpp"
#include "libs/testing/free_port.hpp"
#include "tests/postgresql/counted_store.hpp"
#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPgbouncer = "/usr/sbin/pgbouncer";

/// Before the_server(). It refuses to run as root.
class Pgbouncer {
public:
    explicit Pgbouncer(const std::string& settings) : settings_(settings) {
        for (int tries = 0; tries < 20; ++tries) {
            port_ = free_port();
            if (starts()) return;
        }
        throw std::runtime_error("pgbouncer did not start: " +
                                 read_file(folder_.file("stderr.log")));
    }
    ~Pgbouncer() {
        process_->signal(SIGTERM);
        process_->wait(5s);
    }
    Pgbouncer(const Pgbouncer&) = delete;
    Pgbouncer& operator=(const Pgbouncer&) = delete;

    std::uint16_t port() const { return port_; }

private:
    bool starts() {
        const auto server = the_server().environment("postgres");
        const auto& user = server.at("POSTGRES_USER");
        std::ofstream(folder_.file("users"))
            << fmt::format("\"{}\" \"{}\"\n", user, server.at("POSTGRES_PASSWORD"));
        std::ofstream(folder_.file("ini"))
            << fmt::format("[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\n",
                           server.at("POSTGRES_PORT"))
            << fmt::format("listen_addr = 127.0.0.1\nlisten_port = {}\nunix_socket_dir =\n", port_)
            << fmt::format("auth_type = scram-sha-256\nauth_file = {}\n", folder_.file("users"))
            << settings_;
        Arguments command{kPgbouncer, folder_.file("ini")};
        if (::geteuid() == 0) {
            const passwd* postgres = ::getpwnam("postgres");
            for (const std::string& path :
                 {folder_.path(), folder_.file("users"), folder_.file("ini")}) {
                if (::chown(path.c_str(), postgres->pw_uid, postgres->pw_gid) != 0) return false;
            }
            const Arguments as{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"};
            command.insert(command.begin(), as.begin(), as.end());
        }
        process_ =
            std::make_unique<BackgroundProcess>(command, ProcessEnvironment{}, folder_.path());
        bool up = false;
        eventually([&] {
            up = read_file(folder_.file("stderr.log")).contains("process up");
            return up || process_->wait(0ms);
        });
        return up && !process_->wait(0ms);
    }

    const std::string settings_;
    TemporaryFolder folder_;
    std::uint16_t port_ = 0;
    std::unique_ptr<BackgroundProcess> process_;
};

class Pooler : public CountedStore {
protected:
    void SetUp() override {
        ASSERT_TRUE(std::filesystem::exists(kPgbouncer))
            << "pgbouncer is not installed: run scripts/install-packages test";
    }
};

TEST_F(Pooler, ThatKeepsSessionsServesAStoreAndItsTurns) {
    const Pgbouncer pooler("pool_mode = session\ndefault_pool_size = 20\n");
    database_ = open(settings(pooler.port())).value();
    ASSERT_TRUE(add(1));
    EXPECT_EQ(count().value_or(-1), 1);
    boost::asio::io_context loop(1);
    const auto random = rt::make_seeded_random(1);
    sql::AdvisoryLocks here(settings(pooler.port()), loop.get_executor(), clock_, *random);
    sql::AdvisoryLocks there(settings(pooler.port()), loop.get_executor(), clock_, *random);

    const auto take = [&]() -> boost::asio::awaitable<void> {
        auto first = co_await here.take("a", rt::Deadline::after(clock_, 10s));
        EXPECT_TRUE(first) << first.error().message;
        auto second = co_await there.take("a", rt::Deadline::after(clock_, 0s));
        EXPECT_FALSE(second);
        if (first) first->reset();
        second = co_await there.take("a", rt::Deadline::after(clock_, 10s));
        EXPECT_TRUE(second) << second.error().message;
        if (second) second->reset();
        co_await here.close(5s);
        co_await there.close(5s);
    };
    auto done = boost::asio::co_spawn(loop, take(), boost::asio::use_future);
    loop.run();
    done.get();
}

TEST_F(Pooler, ThatKeepsSessionsServesAWholeSystem) {
    const Pgbouncer pooler("pool_mode = session\ndefault_pool_size = 60\n");
    the_server().create_database("pooled");
    auto environment = the_server().environment("pooled");
    environment["POSTGRES_PORT"] = std::to_string(pooler.port());
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"}, environment)) << system.log();

    EXPECT_EQ(system.wire("orchestrator").post("/orchestrate/project/TEST-001").status, 200);

    EXPECT_EQ(system.end(SIGTERM).value_or(-1), 0);
    the_server().drop_database("pooled");
}

TEST_F(Pooler, ThatIsTakenAwayLeavesAStoreThatGoesOnStraightToTheServer) {
    auto pooler = std::make_unique<Pgbouncer>("pool_mode = session\ndefault_pool_size = 20\n");
    auto either = settings(pooler->port());
    const auto server_port = the_server().environment("postgres").at("POSTGRES_PORT");
    either.dsn = sql::dsn_with(either.dsn, "host", "127.0.0.1,127.0.0.1");
    either.dsn =
        sql::dsn_with(either.dsn, "port", fmt::format("{},{}", pooler->port(), server_port));
    database_ = open(either).value();
    ASSERT_TRUE(add(1));

    pooler.reset();

    const auto straight = add(2);
    EXPECT_TRUE(straight) << straight.error().message;
    EXPECT_EQ(count().value_or(-1), 2);
}

TEST_F(Pooler, ThatGivesASessionToAnotherHasNothingOfItsDoneThere) {
    const Pgbouncer pooler("pool_mode = session\ndefault_pool_size = 20\n");
    const auto connector = sql::make_postgresql_connector(settings(pooler.port()));
    const auto moved = [&] {
        auto session = connector->connect(sql::Access::kWrite);
        *session << "SET dsm.client_number = '1'";  // as another client left it
        return session;
    };

    EXPECT_THROW(connector->begin(*moved(), sql::Access::kWrite), soci::soci_error);
    EXPECT_THROW(connector->begin_migration(*moved()), soci::soci_error);
    EXPECT_THROW(connector->try_writing(*moved()), soci::soci_error);
}

TEST_F(Pooler, ThatSharesSessionsIsRefusedAtStartWithWhatToDo) {
    for (const char* mode : {"transaction", "statement"}) {
        for (const int sessions : {1, 2, 20}) {
            for (const int round_robin : {0, 1}) {
                const Pgbouncer pooler(
                    fmt::format("pool_mode = {}\ndefault_pool_size = {}\n"
                                "min_pool_size = {}\nserver_round_robin = {}\n",
                                mode, sessions, sessions, round_robin));
                const auto refused = open(settings(pooler.port()));

                ASSERT_FALSE(refused) << mode << " " << sessions << " " << round_robin;
                EXPECT_NE(refused.error().message.find("set pool_mode = session"),
                          std::string::npos)
                    << refused.error().message;
            }
        }
    }
}

TEST_F(Pooler, ThatSharesSessionsWithBusyClientsIsRefusedToo) {
    const Pgbouncer pooler("pool_mode = transaction\ndefault_pool_size = 4\n");
    std::atomic<bool> done = false;
    std::vector<std::jthread> others;
    for (int i = 0; i < 3; ++i) {
        others.emplace_back([&] {
            const auto dsn = settings(pooler.port()).dsn;
            soci::session session(soci::postgresql, dsn);
            while (!done) {
                int one = 0;
                session << "SELECT 1", soci::into(one);
            }
        });
    }

    const auto refused = open(settings(pooler.port()));

    done = true;
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("set pool_mode = session"), std::string::npos)
        << refused.error().message;
}

}  // namespace
}  // namespace dsm::testing

// PostgreSQL over TLS: whom DSM trusts, who trusts DSM, what is said of who does not, and that the
// limits hold.
#include <unistd.h>

#include <thread>

#include "libs/sql/advisory_locks.hpp"
#include "libs/sql/connector.hpp"
#include "tests/postgresql/authority.hpp"
#include "tests/postgresql/counted_store.hpp"
#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kAnybody = "local all all scram-sha-256\nhost all all all scram-sha-256\n";
constexpr const char* kOverTls = "hostssl all all all scram-sha-256\n";
constexpr const char* kWithCertificate = "hostssl all all all scram-sha-256 clientcert=verify-ca\n";

/// One server and one authority for the program.
class Tls : public ::testing::Test {
protected:
    static chaos::PostgresqlBeside& server() {
        static chaos::PostgresqlBeside server("sesame");
        return server;
    }
    static const Authority& authority() {
        static const Authority authority;
        return authority;
    }
    static const Authority& another() {
        static const Authority authority;
        return authority;
    }

    /// Restarts it with TLS.
    static void serve(const Authority::Signed& shown, const std::string& allowed) {
        server().stop();
        server().put("server.crt", read_file(shown.certificate));
        server().put("server.key", read_file(shown.key));
        server().put("clients.crt", read_file(authority().root()));
        server().put("postgresql.auto.conf", "ssl = on\nssl_ca_file = 'clients.crt'\n");
        server().put("pg_hba.conf", allowed);
        server().start();
    }
    static void serve_without_tls() {
        server().stop();
        server().put("postgresql.auto.conf", "ssl = off\n");
        server().put("pg_hba.conf", kAnybody);
        server().start();
    }

    using Options = std::vector<std::pair<const char*, std::string>>;
    sql::DatabaseSettings settings(const Options& options, std::uint16_t port = 0) const {
        const auto told = server().environment("postgres");
        sql::DatabaseSettings made{.dialect = sql::Dialect::kPostgresql,
                                   .service = "tls" + folder_.path(),
                                   .limit = kLimit};
        const std::string to = port == 0 ? told.at("POSTGRES_PORT") : std::to_string(port);
        for (const auto& [keyword, value] : Options{{"host", "localhost"},
                                                    {"hostaddr", "127.0.0.1"},
                                                    {"port", to},
                                                    {"dbname", "postgres"},
                                                    {"user", told.at("POSTGRES_USER")},
                                                    {"password", "sesame"}}) {
            made.dsn = sql::dsn_with(made.dsn, keyword, value);
        }
        for (const auto& [keyword, value] : options) {
            made.dsn = sql::dsn_with(made.dsn, keyword, value);
        }
        return made;
    }
    Options verified() const {
        return {{"sslmode", "verify-full"}, {"sslrootcert", authority().root()}};
    }

    /// "t" when a session is over TLS; else why there is none, to the log and to clients.
    std::string session_with(const Options& options) const {
        const auto connector = sql::make_postgresql_connector(settings(options));
        try {
            const auto session = connector->connect(sql::Access::kRead);
            std::string over_tls;
            *session << "SELECT CAST(ssl AS text) FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
                soci::into(over_tls);
            return over_tls;
        } catch (const soci::soci_error& error) {
            const auto failure = connector->classify(error);
            EXPECT_TRUE(failure.no_session && failure.refused) << failure.error.message;
            return failure.error.message + "\n" + failure.error.cause;
        }
    }
    /// The same of the session for turns.
    std::string turn_with(const Options& options) const {
        boost::asio::io_context loop(1);
        const auto random = rt::make_seeded_random(1);
        sql::AdvisoryLocks locks(settings(options), loop.get_executor(), clock_, *random);
        std::string said;
        const auto take = [&]() -> boost::asio::awaitable<void> {
            const auto taken = co_await locks.take("a", rt::Deadline::after(clock_, 5s));
            said = taken ? "true" : taken.error().message + "\n" + taken.error().cause;
            co_await locks.close(5s);
        };
        boost::asio::co_spawn(loop, take(), boost::asio::use_future);
        loop.run();
        return said;
    }

    const rt::SystemClock clock_;
    TemporaryFolder folder_;
};

TEST_F(Tls, ServesWhomItsCertificateSatisfies) {
    serve(authority().sign("localhost"), kOverTls);

    for (const char* mode : {"prefer", "require", "verify-ca", "verify-full"}) {
        const Options options{{"sslmode", mode}, {"sslrootcert", authority().root()}};
        EXPECT_EQ(session_with(options), "true") << mode;
        EXPECT_EQ(turn_with(options), "true") << mode;
    }
    const std::string nowhere = folder_.file("nowhere.crt");
    EXPECT_EQ(session_with({{"sslmode", "require"}, {"sslrootcert", nowhere}}), "true")
        << "it verifies nothing without a root certificate";
    EXPECT_EQ(session_with({{"host", "db.example"},
                            {"sslmode", "verify-ca"},
                            {"sslrootcert", authority().root()}}),
              "true")
        << "it does not look at the name";
}

struct Refused {
    std::vector<std::pair<const char*, std::string>> options;
    const char* to_do;       ///< for the log and who starts a service
    const char* to_clients;  ///< what is wrong
};

#define EXPECT_REFUSED(row)                                                                   \
    for (const std::string& said : {session_with((row).options), turn_with((row).options)}) { \
        EXPECT_NE(said.find((row).to_do), std::string::npos) << said;                         \
        EXPECT_NE(said.find((row).to_clients), std::string::npos) << said;                    \
        EXPECT_EQ(said.find("sesame"), std::string::npos) << said;                            \
    }

TEST_F(Tls, RefusesAServerThatCannotBeVerifiedAndSaysWhatToDo) {
    serve(authority().sign("localhost"), kAnybody);
    const std::string root = authority().root();
    const Refused rows[] = {
        {{{"sslmode", "verify-full"}, {"sslrootcert", another().root()}},
         "give the file of the server's authority",
         "whose certificate does not verify"},
        {{{"sslmode", "verify-ca"}, {"sslrootcert", another().root()}},
         "give the file of the server's authority",
         "whose certificate does not verify"},
        {{{"sslmode", "require"}, {"sslrootcert", another().root()}},
         "give the file of the server's authority",
         "whose certificate does not verify"},
        {{{"host", "db.example"}, {"sslmode", "verify-full"}, {"sslrootcert", root}},
         "by a name that its certificate holds",
         "is for another host name"},
        {{{"sslmode", "verify-full"}, {"sslrootcert", folder_.file("nowhere.crt")}},
         "as POSTGRES_SSLROOTCERT",
         "the root certificate is not there"},
        {{{"sslmode", "verify-full"}, {"sslrootcert", "/etc/hostname"}},
         "as POSTGRES_SSLROOTCERT",
         "the root certificate is not there"},
    };
    for (const Refused& row : rows) EXPECT_REFUSED(row);

    serve(authority().sign("localhost", -1), kAnybody);
    const Refused expired{verified(), "has expired", "whose certificate does not verify"};
    EXPECT_REFUSED(expired);
    EXPECT_EQ(session_with({{"sslmode", "require"}, {"sslrootcert", "/nowhere"}}), "true");
}

TEST_F(Tls, IsMissedOnTheSideThatHasNone) {
    serve_without_tls();
    for (const char* mode : {"require", "verify-ca", "verify-full"}) {
        const Refused none{{{"sslmode", mode}, {"sslrootcert", authority().root()}},
                           "turn TLS on at the server",
                           "offers no TLS"};
        EXPECT_REFUSED(none);
    }
    EXPECT_EQ(session_with({{"sslmode", "prefer"}}), "false");

    serve(authority().sign("localhost"), kOverTls);
    const Refused plain{{{"sslmode", "disable"}},
                        "set POSTGRES_SSLMODE to verify-full",
                        "takes no session without TLS"};
    EXPECT_REFUSED(plain);
    const Refused wrong_password{{{"sslmode", "prefer"}, {"password", "rhubarb"}},
                                 "password authentication failed",
                                 "refuses the role or its password"};
    EXPECT_REFUSED(wrong_password);
}

TEST_F(Tls, ServerThatWantsACertificateTakesOneOfItsAuthority) {
    serve(authority().sign("localhost"), kWithCertificate);
    const auto with = [&](const Authority::Signed& own) {
        auto options = verified();
        options.emplace_back("sslcert", own.certificate);
        options.emplace_back("sslkey", own.key);
        return options;
    };
    const auto own = authority().sign("dsm");

    EXPECT_EQ(session_with(with(own)), "true");
    EXPECT_EQ(turn_with(with(own)), "true");
    const auto readable = authority().sign("readable");
    ASSERT_EQ(run_process({"chmod", "644", readable.key}).exit_code, 0);
    for (const Options& options : {verified(), with(another().sign("dsm")), with(readable)}) {
        const Refused none{options, "POSTGRES_SSLCERT", "wants a client certificate"};
        EXPECT_REFUSED(none);
    }
}

TEST_F(Tls, IsHadByAWholeSystemFromItsSettingsAndRefusedAtStartWhenItDoesNotVerify) {
    serve(authority().sign("localhost"), kWithCertificate);
    const auto own = authority().sign("dsm");
    auto environment = server().environment("postgres");
    environment["POSTGRES_HOST"] = "localhost";
    environment["POSTGRES_SSLMODE"] = "verify-full";
    environment["POSTGRES_SSLROOTCERT"] = authority().root();
    environment["POSTGRES_SSLCERT"] = own.certificate;
    environment["POSTGRES_SSLKEY"] = own.key;
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"}, environment)) << system.log();
    EXPECT_EQ(system.wire("orchestrator").post("/orchestrate/project/TEST-001").status, 200);
    system.end(SIGTERM);

    environment["POSTGRES_SSLROOTCERT"] = another().root();
    RunningSystem refused;
    const bool started = refused.start({"--sample"}, environment);

    EXPECT_FALSE(started);
    EXPECT_NE(refused.log().find("give the file of the server's authority"), std::string::npos)
        << refused.log();
    EXPECT_EQ(refused.log().find("sesame"), std::string::npos) << refused.log();
}

/// A store over TLS, through a wire that can fail and reads nothing of it.
class OverTls : public Tls {
protected:
    void SetUp() override {
        serve(authority().sign("localhost"), kOverTls);
        wire_.emplace(port_of(server().environment("postgres")));
        database_ =
            sql::Database::open(settings(verified(), wire_->port()),
                                {{1, "rows", "CREATE TABLE rows (number INTEGER)", nullptr}})
                .value();
    }
    /// `then` happens between the statement and its COMMIT.
    Result<void> add(std::function<void()> then = [] {}) {
        return await(database_->write([&](soci::session& sql) -> Result<void> {
            sql << "INSERT INTO rows VALUES (1)";
            then();
            return {};
        }));
    }
    int count() {
        int rows = -1;
        EXPECT_TRUE(await(database_->read([&](soci::session& sql) -> Result<void> {
            sql << "SELECT COUNT(*) FROM rows", soci::into(rows);
            return {};
        })));
        return rows;
    }

    std::optional<FaultyWire> wire_;
    std::unique_ptr<sql::Database> database_;
};

TEST_F(OverTls, TheLimitEndsAWriteWhoseServerFallsSilentAndTheNextSucceedsOnceItIsBack) {
    ASSERT_TRUE(add());
    const auto begun = clock_.steady();

    const auto added = add([&] { wire_->freeze(); });

    ASSERT_FALSE(added);
    EXPECT_LT(clock_.steady() - begun, kLongAfterTheLimit);
    wire_->thaw();
    EXPECT_TRUE(eventually([&] { return add().has_value(); }));
}

TEST_F(OverTls, ACommitWhoseAnswerWasLostIsDoneOnce) {
    bool once = false;
    const auto added = add([&] {
        if (!std::exchange(once, true)) wire_->arm(FaultyWire::Fault::kAnswerLost, "");
    });

    EXPECT_TRUE(added) << added.error().message;
    EXPECT_TRUE(wire_->happened());
    EXPECT_EQ(count(), 1);
}

TEST_F(OverTls, ACommitThatDidNotReachTheServerIsDoneAgain) {
    bool once = false;
    const auto added = add([&] {
        if (!std::exchange(once, true)) wire_->arm(FaultyWire::Fault::kKeptFromServer, "");
    });

    EXPECT_TRUE(added) << added.error().message;
    EXPECT_TRUE(wire_->happened());
    EXPECT_EQ(count(), 1);
}

}  // namespace
}  // namespace dsm::testing

// What readiness says of a server that failed a transaction: at once, not when it is looked at
// next.
#include <csignal>

#include "libs/sql/connector.hpp"
#include "libs/sql/migrations.hpp"
#include "tests/postgresql/counted_store.hpp"
#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

using namespace std::chrono_literals;

class Readiness : public CountedStore {
protected:
    /// Straight to the server.
    void connect_directly() {
        database_ = open(settings(port_of(the_server().environment("postgres")))).value();
    }
    Result<void> order(const std::string& statement) {
        return database_->write_now([&](soci::session& sql) -> Result<void> {
            sql << statement;
            return {};
        });
    }
};

TEST_F(Readiness, EndsWithTheFirstTransactionThatFindsNoServerAndIsBackWithTheFirstThatDoes) {
    connect_directly();
    ASSERT_TRUE(add(1));
    the_server().stop();

    const auto refused = add(2);

    EXPECT_FALSE(database_->healthy()) << "nobody has asked before";
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().cause.find("cannot be reached"), std::string::npos)
        << refused.error().cause;
    EXPECT_EQ(database_->ailment(), refused.error().cause);
    the_server().start();
    EXPECT_TRUE(add(3));
    EXPECT_TRUE(database_->healthy());
    EXPECT_EQ(database_->ailment(), "");
}

TEST_F(Readiness, EndsWithAReadThatFindsNoServer) {
    connect_directly();
    ASSERT_EQ(count().value_or(-1), 0);
    the_server().stop();

    EXPECT_FALSE(count());

    EXPECT_FALSE(database_->healthy());
    the_server().start();
    EXPECT_TRUE(eventually([&] { return database_->healthy(); })) << "its own look finds it back";
}

TEST_F(Readiness, OutlivesSessionsThatWereCut) {
    ASSERT_TRUE(add(1));
    ASSERT_EQ(count().value_or(-1), 1);

    for (int cuts = 2; cuts <= 4; ++cuts) {
        wire_.cut_all();
        EXPECT_TRUE(add(cuts));
        EXPECT_TRUE(database_->healthy());
        EXPECT_EQ(count().value_or(-1), cuts);
        EXPECT_TRUE(database_->healthy());
    }
}

TEST_F(Readiness, OutlivesAStatementThatIsTooSlow) {
    auto short_statements = settings();
    short_statements.statement_timeout = 50ms;
    database_ = open(short_statements).value();

    const auto slow = order("SELECT pg_sleep(60)");

    ASSERT_FALSE(slow);
    EXPECT_NE(slow.error().cause.find("took too long for one statement"), std::string::npos);
    EXPECT_TRUE(database_->healthy());
}

/// Of a store whose tables are a and b, at step 2.
class TakenAway : public Readiness {
protected:
    void SetUp() override {
        of_two_.service = "two" + folder_.path();
        database_ = sql::Database::open(of_two_, kTwoTables).value();
    }
    std::string schema() {
        std::string name;
        EXPECT_TRUE(database_->write_now([&](soci::session& sql) -> Result<void> {
            sql << "SELECT current_schema()", soci::into(name);
            return {};
        }));
        return name;
    }
    bool comes_to_say(const std::string& what) {
        return eventually([&] {
            return !database_->healthy() && database_->ailment().find(what) != std::string::npos;
        });
    }

    const std::vector<sql::Migration> kTwoTables{
        {1, "one", "CREATE TABLE a (number INTEGER)", nullptr},
        {2, "two", "CREATE TABLE b (number INTEGER)", nullptr}};
    sql::DatabaseSettings of_two_ = settings();
};

TEST_F(TakenAway, TableIsNamedUntilItIsBack) {
    ASSERT_TRUE(order("ALTER TABLE b RENAME TO c"));

    EXPECT_TRUE(comes_to_say("lacks the tables b; restore a backup")) << database_->ailment();

    ASSERT_TRUE(order("ALTER TABLE c RENAME TO b"));
    EXPECT_TRUE(eventually([&] { return database_->healthy(); }));
}

TEST_F(TakenAway, TableIsSeenAtOnceByWhoNeedsIt) {
    ASSERT_TRUE(order("DROP TABLE b"));

    const auto refused = order("INSERT INTO b VALUES (1)");

    EXPECT_FALSE(database_->healthy());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().cause.find("lacks what was in it"), std::string::npos);
}

TEST_F(TakenAway, SchemaIsSeenAndARestartBeginsAnew) {
    ASSERT_TRUE(order("DROP SCHEMA " + schema() + " CASCADE"));

    EXPECT_TRUE(comes_to_say("is gone or empty")) << database_->ailment();

    database_ = sql::Database::open(of_two_, kTwoTables).value();
    EXPECT_TRUE(order("INSERT INTO b VALUES (1)"));
    EXPECT_TRUE(database_->healthy());
}

TEST_F(TakenAway, StepsAreSeenAndARestartTakesThemAgain) {
    ASSERT_TRUE(order("DROP TABLE b; DELETE FROM schema_migrations WHERE number = 2"));

    EXPECT_TRUE(comes_to_say("is at step 1 of 2")) << database_->ailment();

    database_ = sql::Database::open(of_two_, kTwoTables).value();
    EXPECT_TRUE(order("INSERT INTO b VALUES (1)"));
}

TEST_F(TakenAway, IsNotWhatANewerVersionAdded) {
    ASSERT_TRUE(order("INSERT INTO schema_migrations (number, name) VALUES (3, 'three')"));
    const auto connector = sql::make_postgresql_connector(of_two_);
    const auto session = connector->connect(sql::Access::kRead);

    const auto of = [&](std::vector<sql::Migration> migrations) {
        return connector->lacking(*session,
                                  sql::schema_after(migrations, sql::Dialect::kPostgresql));
    };
    EXPECT_EQ(of(kTwoTables), "");
    EXPECT_EQ(of({kTwoTables.front()}), "");
}

TEST_F(TakenAway, IsSaidByReadinessAndDoctorOfTheServiceWhoseItWas) {
    the_server().create_database("taken_away");
    auto beside = settings(port_of(the_server().environment("postgres")));
    beside.dsn = sql::dsn_with(beside.dsn, "dbname", "taken_away");
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"}, the_server().environment("taken_away"))) << system.log();
    ASSERT_TRUE(eventually([&] { return system.run({"doctor"}).exit_code == 0; }))
        << system.run({"doctor"}).out;
    database_ = open(beside).value();

    ASSERT_TRUE(order("DROP SCHEMA sprint_service CASCADE"));

    EXPECT_TRUE(eventually([&] {
        return system.wire("sprint").get("/health/ready").body.find("is gone or empty") !=
               std::string::npos;
    })) << system.wire("sprint").get("/health/ready").body;
    EXPECT_EQ(system.wire("sprint").get("/health/ready").status, 503);
    EXPECT_EQ(system.wire("project").get("/health/ready").status, 200);
    const auto doctor = system.run({"doctor"});
    EXPECT_EQ(doctor.exit_code, 1);
    EXPECT_NE(doctor.out.find("The PostgreSQL schema sprint_service is gone or empty; restore"),
              std::string::npos)
        << doctor.out;
    system.end(SIGTERM);
    database_.reset();
    the_server().drop_database("taken_away");
}

TEST_F(CountedStore, OfEveryServiceSaysInARefusalWhatIsWrongAndWhenToAskAgain) {
    struct Row {
        const char* part;
        const char* service;
        const char* target;
        const char* method = "GET";
    };
    const Row rows[] = {
        {"project", "project-service", "/projects"},
        {"backlog", "backlog-service", "/backlogs/TEST-001"},
        {"sprint", "sprint-service", "/sprints/by-project/TEST-001"},
        {"chronicle", "chronicle-service", "/v1/notes/sprint_planning?project_id=TEST-001"},
        {"orchestrator", "project-orchestrator", "/orchestrate/project/TEST-001", "POST"}};
    the_server().create_database("refusals");
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"}, the_server().environment("refusals"))) << system.log();
    ASSERT_EQ(system.wire("orchestrator").post("/orchestrate/project/TEST-001").status, 200);
    the_server().stop();

    for (const Row& row : rows) {
        const auto reply = system.wire(row.part).send(row.method, row.target, "");
        EXPECT_EQ(reply.status, 503) << row.part << ": " << reply.body;
        EXPECT_EQ(reply.headers.find("Retry-After").value_or(""), "2") << row.part;
        const auto detail = std::string(reply.json().at("detail").as_string());
        EXPECT_NE(detail.find("cannot be reached; it goes on by itself"), std::string::npos)
            << detail;
        EXPECT_EQ(detail.find("127.0.0.1"), std::string::npos) << detail;
        EXPECT_TRUE(eventually([&] {
            return system.wire(row.part).get("/health/ready").status == 503 &&
                   system.wire(row.part)
                       .get("/metrics")
                       .body.contains(
                           fmt::format("dsm_store_ready{{store=\"{}\"}} 0\n", row.service));
        })) << row.part;
    }
    the_server().start();
    for (const Row& row : rows) {
        EXPECT_TRUE(eventually([&] {
            return system.wire(row.part).get("/health/ready").status == 200 &&
                   system.wire(row.part).send(row.method, row.target, "").status == 200;
        })) << row.part;
    }
    system.end(SIGTERM);
    the_server().drop_database("refusals");
}

TEST_F(CountedStore, SaysWhyAServerGivesNoSessionAndNotWhoIsRefusedWhere) {
    const std::string role = "\"" + folder_.path() + "\"";
    const auto order = [&](const std::string& statement) {
        return database_->write_now([&](soci::session& sql) -> Result<void> {
            sql << statement;
            return {};
        });
    };
    ASSERT_TRUE(order("CREATE ROLE " + role + " LOGIN PASSWORD 'sesame'"));
    auto of_role = settings();
    of_role.dsn = sql::dsn_with(of_role.dsn, "user", folder_.path());
    const auto connector = sql::make_postgresql_connector(of_role);
    ASSERT_NO_THROW(connector->connect(sql::Access::kRead));
    struct Row {
        std::string order;
        const char* said;
    };
    const Row rows[] = {
        {"ALTER ROLE " + role + " CONNECTION LIMIT 0", "as many sessions as it allows"},
        {"ALTER ROLE " + role + " PASSWORD 'rhubarb'", "refuses the role or its password"},
        {"DROP ROLE " + role, "refuses the role or its password"},
    };

    for (const Row& row : rows) {
        ASSERT_TRUE(order(row.order));
        try {
            connector->connect(sql::Access::kRead);
            ADD_FAILURE() << row.order;
        } catch (const soci::soci_error& error) {
            const auto failure = connector->classify(error);
            const auto& cause = failure.error.cause;
            EXPECT_TRUE(failure.no_session && failure.refused) << failure.error.message;
            EXPECT_NE(cause.find(row.said), std::string::npos) << cause;
            EXPECT_EQ(cause.find(folder_.path()), std::string::npos) << cause;
            EXPECT_EQ(cause.find("127.0.0.1"), std::string::npos) << cause;
        }
    }
}

}  // namespace
}  // namespace dsm::testing

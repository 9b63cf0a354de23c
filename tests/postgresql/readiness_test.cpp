// What readiness says of a server that failed a transaction: at once, not when it is looked at
// next.
#include "libs/sql/connector.hpp"
#include "tests/postgresql/counted_store.hpp"

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

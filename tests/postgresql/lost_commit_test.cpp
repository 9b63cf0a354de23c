// The wire fails around a COMMIT: the caller hears what became of the transaction.
#include "tests/postgresql/counted_store.hpp"

namespace dsm::testing {
namespace {

using namespace std::chrono_literals;

using Fault = FaultyWire::Fault;
using LostCommit = CountedStore;

std::string said(const Result<void>& outcome) {
    return outcome ? std::string() : outcome.error().message;
}

TEST_F(LostCommit, IsASuccessWhenTheServerHadCommitted) {
    wire_.arm(Fault::kAnswerLost, "COMMIT");

    const auto added = add(1);

    EXPECT_TRUE(wire_.happened());
    EXPECT_TRUE(added) << said(added);
    EXPECT_EQ(count().value_or(-1), 1);
}

TEST_F(LostCommit, IsDoneAgainWhenItNeverReachedTheServer) {
    wire_.arm(Fault::kCutBefore, "COMMIT");

    const auto added = add(1);

    EXPECT_TRUE(wire_.happened());
    EXPECT_TRUE(added) << said(added);
    EXPECT_EQ(count().value_or(-1), 1);
}

TEST_F(LostCommit, IsDoneAgainAlsoWhenTheServerStillWaitsForIt) {
    wire_.arm(Fault::kKeptFromServer, "COMMIT");

    const auto added = add(1);

    EXPECT_TRUE(wire_.happened());
    EXPECT_TRUE(added) << said(added);
    EXPECT_EQ(count().value_or(-1), 1);
}

TEST_F(LostCommit, IsUnknownWhenNobodyCanBeAskedWithinTheLimit) {
    wire_.arm(Fault::kAnswerLostThenFrozen, "COMMIT");
    const auto begun = clock_.steady();

    const auto added = add(1);

    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().code, ErrorCode::kUnknown) << added.error().message;
    EXPECT_LT(clock_.steady() - begun, kLongAfterTheLimit);
    wire_.thaw();
    EXPECT_TRUE(eventually([&] { return count().value_or(-1) == 1; }));
}

TEST_F(LostCommit, OfAWorkThatSwallowedAnErrorIsNoSuccess) {
    const auto written = await(database_->write([](soci::session& sql) -> Result<void> {
        sql << "INSERT INTO rows VALUES (1)";
        try {
            sql << "INSERT INTO nowhere VALUES (1)";
        } catch (const soci::soci_error&) {
        }
        return {};
    }));

    EXPECT_FALSE(written);
    EXPECT_EQ(count().value_or(-1), 0);
}

TEST_F(CountedStore, BeginsAgainWhenASessionIsLostBeforeTheCommit) {
    ASSERT_TRUE(add(1));
    wire_.arm(Fault::kAnswerLost, "INSERT");

    EXPECT_TRUE(add(2));
    EXPECT_TRUE(wire_.happened());

    wire_.cut_all();
    EXPECT_EQ(count().value_or(-1), 2);
}

TEST_F(CountedStore, NeedsNoRightButItsSchemaWhereThatIsThere) {
    ASSERT_TRUE(database_->write_now([](soci::session& sql) -> Result<void> {
        sql << "CREATE ROLE least LOGIN PASSWORD 'sesame'";
        sql << "REVOKE ALL ON DATABASE postgres FROM least";
        sql << "CREATE SCHEMA least_service AUTHORIZATION least";
        return {};
    }));
    auto of_least = settings();
    of_least.dsn = sql::dsn_with(of_least.dsn, "user", "least");

    of_least.service = "other-service";
    EXPECT_FALSE(open(of_least)) << "it may make no schema";
    of_least.service = "least-service";
    const auto opened = open(of_least);
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = open(of_least).value();
    EXPECT_TRUE(add(1));
}

TEST_F(CountedStore, RefusesAServerThatIsTooOldAndSaysWhichItNeeds) {
    using namespace std::string_literals;
    wire_.rewrite("server_version\00015."s, "server_version\00012."s);
    auto other = settings();
    other.service = "other" + folder_.path();

    const auto opened = open(other);

    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("the server is PostgreSQL 12."), std::string::npos)
        << opened.error().message;
    EXPECT_NE(opened.error().message.find("DSM needs 13 or newer"), std::string::npos);
}

}  // namespace
}  // namespace dsm::testing

// Migrations: order, repetition, failure half way, and stores of newer versions.
#include "libs/sql/migrations.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <cstdlib>
#include <mutex>
#include <thread>

#include "libs/testing/process.hpp"

namespace dsm::sql {
namespace {

const Migration kFirst{1, "first", "CREATE TABLE t (a INTEGER)", nullptr};
const Migration kSecond{2, "second", "ALTER TABLE t ADD COLUMN b INTEGER;\nUPDATE t SET b = a;\n",
                        nullptr};
const Migration kBroken{2, "broken", "ALTER TABLE t ADD COLUMN b INTEGER;\nSELEKT 1", nullptr};

Result<std::unique_ptr<Database>> open_at(const std::string& path,
                                          const std::vector<Migration>& schema) {
    return Database::open({.path = path, .service = "test-service"}, schema);
}

int applied(Database& database) {
    int steps = -1;
    auto done = database.write_now([&](soci::session& sql) -> Result<void> {
        sql << "SELECT COUNT(*) FROM schema_migrations", soci::into(steps);
        return {};
    });
    return done ? steps : -1;
}

TEST(Migrations, SplitsAScriptAtSemicolonsThatEndALine) {
    EXPECT_EQ(split_statements("A 'x;y';\n\n B\n  b;\n;\n  "),
              (std::vector<std::string>{"A 'x;y'", "B\n  b"}));
    EXPECT_EQ(split_statements("A;"), std::vector<std::string>{"A"});
    EXPECT_TRUE(split_statements(" \n").empty());
}

TEST(Migrations, SayWhatAStoreHoldsAfterThem) {
    const std::vector<Migration> migrations{
        {1, "one", "CREATE TABLE a (\n id INTEGER);\nCREATE TABLE b(id INTEGER)",
         "CREATE TABLE p (id INTEGER);\nCREATE INDEX p_by_id ON p (id)"},
        {2, "two",
         "DROP TABLE b;\nALTER TABLE a ADD COLUMN c INTEGER;\nCREATE TABLE d (id INTEGER)",
         nullptr}};

    EXPECT_EQ(schema_after(migrations, Dialect::kSqlite),
              (Schema{.step = 2, .tables = {"schema_migrations", "a", "d"}}));
    EXPECT_EQ(schema_after(migrations, Dialect::kPostgresql),
              (Schema{.step = 2, .tables = {"schema_migrations", "p", "d"}}));
    EXPECT_EQ(schema_after({}, Dialect::kSqlite),
              (Schema{.step = 0, .tables = {"schema_migrations"}}));
}

TEST(Migrations, DoNotHideWhichTablesTheyLeave) {
    for (const char* hiding : {"CREATE TABLE IF NOT EXISTS a (id INTEGER)",
                               "DROP TABLE IF EXISTS a", "ALTER TABLE a RENAME TO b"}) {
        EXPECT_TRUE(hides_its_table(hiding)) << hiding;
    }
    const Migration hiding{1, "hides", "CREATE TABLE IF NOT EXISTS a (id INTEGER)", nullptr};
    EXPECT_DEATH((void)open_at(":memory:", {hiding}), "cannot tell the table of migration 1");
    for (const char* plain : {"CREATE TABLE a (id INTEGER)", "DROP TABLE a",
                              "ALTER TABLE a RENAME COLUMN b TO c", "ALTER TABLE a ADD COLUMN b"}) {
        EXPECT_FALSE(hides_its_table(plain)) << plain;
    }
}

TEST(Migrations, AppliesWhatIsMissingInOrderAndOnlyOnce) {
    testing::TemporaryFolder folder;
    const auto path = folder.file("store.db");
    {
        auto old = open_at(path, {kFirst}).value();
        ASSERT_TRUE(old->write_now([](soci::session& sql) -> Result<void> {
            sql << "INSERT INTO t VALUES (41)";
            return {};
        }));
    }

    for (int round = 0; round < 2; ++round) {
        auto opened = open_at(path, {kFirst, kSecond});
        ASSERT_TRUE(opened) << opened.error().message;
        int b = 0;
        ASSERT_TRUE((*opened)->write_now([&](soci::session& sql) -> Result<void> {
            sql << "SELECT b FROM t", soci::into(b);
            return {};
        }));
        EXPECT_EQ(b, 41);
        EXPECT_EQ(applied(**opened), 2);
    }
}

TEST(Migrations, LeavesTheStoreAtTheStepBeforeAFailedOne) {
    testing::TemporaryFolder folder;
    const auto path = folder.file("store.db");

    auto broken = open_at(path, {kFirst, kBroken});

    ASSERT_FALSE(broken);
    EXPECT_NE(broken.error().message.find("cannot apply migration 2 (broken)"), std::string::npos)
        << broken.error().message;
    auto repaired = open_at(path, {kFirst, kSecond});
    ASSERT_TRUE(repaired) << repaired.error().message;
    EXPECT_EQ(applied(**repaired), 2);
}

TEST(Migrations, RefusesAStoreOfANewerVersionAndNamesBothSteps) {
    testing::TemporaryFolder folder;
    const auto path = folder.file("store.db");
    ASSERT_TRUE(open_at(path, {kFirst, kSecond}));

    auto older = open_at(path, {kFirst});

    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().message,
              "test-service: " + path +
                  " was written by a newer version of DSM: its schema is at step 2, this version "
                  "knows 1. Use that version, or another store.");
}

TEST(Migrations, AreAppliedOnceWhenSeveralOpenAtOnce) {
    testing::TemporaryFolder folder;
    const auto path = folder.file("store.db");
    std::atomic<int> failures = 0;
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                if (!open_at(path, {kFirst, kSecond})) ++failures;
            });
        }
    }

    EXPECT_EQ(failures, 0);
    auto database = open_at(path, {kFirst, kSecond}).value();
    EXPECT_EQ(applied(*database), 2);
}

/// Replicas start together. Needs a server: `DSM_TEST_POSTGRES` holds its libpq keywords.
TEST(Migrations, AreAppliedOnceWhenSeveralOpenAnEmptyPostgresqlStoreAtOnce) {
    const char* server = std::getenv("DSM_TEST_POSTGRES");
    if (server == nullptr) GTEST_SKIP() << "DSM_TEST_POSTGRES is not set";
    testing::TemporaryFolder unique;
    const DatabaseSettings settings{
        .dialect = Dialect::kPostgresql, .dsn = server, .service = "test" + unique.path()};
    std::mutex mutex;
    std::vector<std::string> failures;
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                auto opened = Database::open(settings, {kFirst, kSecond});
                const std::scoped_lock lock(mutex);
                if (!opened) failures.push_back(opened.error().message);
            });
        }
    }

    EXPECT_EQ(failures, std::vector<std::string>{});
    auto database = Database::open(settings, {kFirst, kSecond}).value();
    EXPECT_EQ(applied(*database), 2);
}

}  // namespace
}  // namespace dsm::sql

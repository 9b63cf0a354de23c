// The promises of Database, on files and in memory.
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "libs/sql/database.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"

namespace dsm::sql {
namespace {

using testing::await;

const std::vector<Migration> kSchema = {
    {1, "items",
     "CREATE TABLE items (name TEXT PRIMARY KEY, amount INTEGER NOT NULL CHECK (amount >= 0))",
     nullptr},
    {2, "parts",
     "CREATE TABLE parts (item TEXT NOT NULL REFERENCES items(name));\n"
     "CREATE INDEX parts_by_item ON parts (item);\n",
     nullptr},
};

Result<std::unique_ptr<Database>> open_at(const std::string& path,
                                          const std::vector<Migration>& schema = kSchema) {
    return Database::open({.path = path, .service = "test-service", .readers = 3}, schema);
}

/// The stores that this run can reach: `DSM_TEST_POSTGRES` holds libpq keywords of a real server.
std::vector<std::string> reachable_stores() {
    std::vector<std::string> stores{"file", "memory"};
    if (std::getenv("DSM_TEST_POSTGRES") != nullptr) stores.emplace_back("postgresql");
    return stores;
}

TEST(Database, NamesTheServerThatItCannotReachAndNotItsPassword) {
    auto opened =
        Database::open({.dialect = Dialect::kPostgresql,
                        .dsn = "host='127.0.0.1' port=1 dbname='d' user='u' password='secret'",
                        .service = "test-service"},
                       kSchema);

    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(opened.error().message,
              "test-service: the PostgreSQL schema test_service at 127.0.0.1:1: cannot connect: "
              "Connection refused");
}

/// A database of its own for each test.
class DatabaseTest : public ::testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        const bool remote = GetParam() == "postgresql";
        auto opened = remote
                          ? Database::open({.dialect = Dialect::kPostgresql,
                                            .dsn = std::getenv("DSM_TEST_POSTGRES"),
                                            .service = "test" + folder_.path(),
                                            .readers = 3},
                                           kSchema)
                          : open_at(GetParam() == "memory" ? ":memory:" : folder_.file("store.db"));
        ASSERT_TRUE(opened) << opened.error().message;
        database_ = std::move(*opened);
    }

    Result<void> add(const std::string& name, int amount) {
        return await(database_->write([=](soci::session& sql) -> Result<void> {
            sql << "INSERT INTO items VALUES (:name, :amount)", soci::use(name), soci::use(amount);
            return {};
        }));
    }
    int count() {
        return await(database_->read([](soci::session& sql) -> Result<int> {
                   int rows = 0;
                   sql << "SELECT COUNT(*) FROM items", soci::into(rows);
                   return rows;
               }))
            .value_or(-1);
    }

    testing::TemporaryFolder folder_;
    std::unique_ptr<Database> database_;
};

INSTANTIATE_TEST_SUITE_P(Stores, DatabaseTest, ::testing::ValuesIn(reachable_stores()),
                         [](const auto& info) { return info.param; });

TEST_P(DatabaseTest, RollsBackWhenTheWorkFails) {
    auto outcome = await(database_->write([](soci::session& sql) -> Result<int> {
        sql << "INSERT INTO items VALUES ('a', 1)";
        return fail(ErrorCode::kInvalid, "changed my mind");
    }));

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error(), (Error{ErrorCode::kInvalid, "changed my mind"}));
    EXPECT_EQ(count(), 0);
    EXPECT_TRUE(add("a", 1));
}

TEST_P(DatabaseTest, RollsBackWhenTheWorkThrows) {
    EXPECT_THROW(await(database_->write([](soci::session& sql) -> Result<int> {
                     sql << "INSERT INTO items VALUES ('a', 1)";
                     throw std::logic_error("a bug");
                 })),
                 std::logic_error);

    EXPECT_EQ(count(), 0);
    EXPECT_TRUE(add("a", 1));
}

TEST_P(DatabaseTest, CallsARepeatedKeyAConflict) {
    ASSERT_TRUE(add("a", 1));

    auto again = add("a", 2);

    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::kConflict);
    EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseTest, HoldsOtherConstraintsWithoutCallingThemConflicts) {
    auto negative = add("a", -1);
    auto orphan = await(database_->write([](soci::session& sql) -> Result<void> {
        sql << "INSERT INTO parts VALUES ('nobody')";
        return {};
    }));

    ASSERT_FALSE(negative);
    EXPECT_EQ(negative.error().code, ErrorCode::kUnavailable);
    ASSERT_FALSE(orphan);
    EXPECT_EQ(orphan.error().code, ErrorCode::kUnavailable);
}

TEST_P(DatabaseTest, KeepsHostileTextAsItIs) {
    const std::string hostile = "'); DROP TABLE items; --\n \" \\ :name ? % $1 \u00fc";
    ASSERT_TRUE(add(hostile, 1));

    auto read = await(database_->read([](soci::session& sql) -> Result<std::string> {
        std::string name;
        sql << "SELECT name FROM items", soci::into(name);
        return name;
    }));

    ASSERT_TRUE(read);
    EXPECT_EQ(*read, hostile);
}

TEST_P(DatabaseTest, SerialisesSixteenConcurrentWriters) {
    ASSERT_TRUE(add("total", 0));
    std::atomic<int> failures = 0;
    {
        std::vector<std::jthread> threads;
        threads.reserve(16);
        for (int t = 0; t < 16; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 25; ++i) {
                    auto done = await(database_->write([](soci::session& sql) -> Result<void> {
                        int amount = 0;
                        sql << "SELECT amount FROM items WHERE name = 'total'", soci::into(amount);
                        ++amount;
                        sql << "UPDATE items SET amount = :amount WHERE name = 'total'",
                            soci::use(amount);
                        return {};
                    }));
                    if (!done) ++failures;
                }
            });
        }
    }

    auto total = await(database_->read([](soci::session& sql) -> Result<int> {
        int amount = 0;
        sql << "SELECT amount FROM items WHERE name = 'total'", soci::into(amount);
        return amount;
    }));
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(total.value_or(-1), 400);
}

TEST_P(DatabaseTest, AnswersTheHealthQuestion) {
    EXPECT_TRUE(database_->healthy());
}

TEST(Database, ReadersSeeOneSnapshotWhileAWriterCommits) {
    testing::TemporaryFolder folder;
    auto database = open_at(folder.file("store.db")).value();

    auto counts = await(database->read([&](soci::session& sql) -> Result<std::pair<int, int>> {
        int before = 0;
        int after = 0;
        sql << "SELECT COUNT(*) FROM items", soci::into(before);
        auto written = database->write_now([](soci::session& writer) -> Result<void> {
            writer << "INSERT INTO items VALUES ('a', 1)";
            return {};
        });
        if (!written) return std::unexpected(written.error());
        sql << "SELECT COUNT(*) FROM items", soci::into(after);
        return std::pair{before, after};
    }));

    ASSERT_TRUE(counts) << counts.error().message;
    EXPECT_EQ(*counts, (std::pair{0, 0}));
}

TEST(Database, RefusesToWriteInAReadTransaction) {
    testing::TemporaryFolder folder;
    auto database = open_at(folder.file("store.db")).value();

    auto outcome = await(database->read([](soci::session& sql) -> Result<int> {
        sql << "INSERT INTO items VALUES ('a', 1)";
        return 1;
    }));

    EXPECT_FALSE(outcome);
}

TEST(Database, FindsItsDataAfterReopening) {
    testing::TemporaryFolder folder;
    const auto insert = [](soci::session& sql) -> Result<void> {
        sql << "INSERT INTO items VALUES ('a', 7)";
        return {};
    };
    ASSERT_TRUE(open_at(folder.file("store.db")).value()->write_now(insert));

    auto database = open_at(folder.file("store.db")).value();

    auto amount = await(database->read([](soci::session& sql) -> Result<int> {
        int value = 0;
        sql << "SELECT amount FROM items WHERE name = 'a'", soci::into(value);
        return value;
    }));
    EXPECT_EQ(amount.value_or(-1), 7);
}

TEST(Database, IsNotHealthyOnceItsFileIsGone) {
    testing::TemporaryFolder folder;
    auto database = open_at(folder.file("store.db")).value();

    std::filesystem::remove(folder.file("store.db"));

    EXPECT_FALSE(database->healthy());
}

TEST(Database, PutsNothingInThePlaceOfAFileThatIsGoneAndGoesOnWhenItIsBack) {
    testing::TemporaryFolder folder;
    const std::string path = folder.file("a.db");
    const auto database = open_at(path).value();
    ASSERT_TRUE(database->healthy());
    std::filesystem::rename(path, path + ".away");
    ASSERT_TRUE(testing::eventually([&] { return !database->healthy(); }));
    EXPECT_FALSE(std::filesystem::exists(path));

    std::filesystem::rename(path + ".away", path);

    EXPECT_TRUE(testing::eventually([&] { return database->healthy(); }));
}

TEST(Database, WritesNothingToAFileThatIsNoLongerAtItsPath) {
    testing::TemporaryFolder folder;
    const std::string path = folder.file("a.db");
    const auto database = open_at(path).value();
    const auto insert = [&](const std::string& name) {
        return database->write_now([&](soci::session& sql) -> Result<void> {
            sql << "INSERT INTO items VALUES (:name, 7)", soci::use(name);
            return {};
        });
    };
    ASSERT_TRUE(insert("a"));
    std::filesystem::rename(path, path + ".away");

    const auto gone = insert("b");
    std::filesystem::copy_file(path + ".away", path);
    const auto replaced = insert("c");
    const bool well = database->healthy();
    std::filesystem::rename(path + ".away", path);

    for (const auto& refused : {gone, replaced}) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
        EXPECT_NE(refused.error().cause.find("put it back"), std::string::npos)
            << refused.error().cause;
    }
    EXPECT_FALSE(well);
    EXPECT_TRUE(testing::eventually([&] { return insert("d").has_value(); }));
    EXPECT_TRUE(testing::eventually([&] { return database->healthy(); }));
}

TEST(Database, OpensAPathWhateverCharactersItHas) {
    testing::TemporaryFolder folder;
    for (const char* name : {"my own 'store'.db", "a \"b\".db", "50%20off.db", "what?mode=ro#x.db",
                             "key=value;db=none.db", "Größe\n.db"}) {
        auto opened = open_at(folder.file(name));

        ASSERT_TRUE(opened) << name << ": " << opened.error().message;
        EXPECT_TRUE(std::filesystem::exists(folder.file(name))) << name;
    }
    EXPECT_TRUE(open_at("/" + folder.file("two-slashes.db")));
    EXPECT_TRUE(std::filesystem::exists(folder.file("two-slashes.db")));
}

TEST(Database, SaysWhyAStoreCannotBeOpened) {
    testing::TemporaryFolder folder;
    std::ofstream(folder.file("text.db")) << std::string(4096, 'x');
    std::filesystem::create_directory(folder.file("a-folder"));
    struct Case {
        std::string path;
        std::string says;
    };
    const std::vector<Case> cases = {
        {.path = folder.file("text.db"), .says = "is not a database"},
        {.path = folder.file("none/store.db"), .says = "does not exist"},
        {.path = folder.file("text.db/store.db"), .says = "is not a folder"},
        {.path = "/proc/store.db", .says = "cannot be opened or created"},
        {.path = folder.file("a-folder"), .says = "is a folder, not a file"},
    };

    for (const auto& c : cases) {
        auto opened = open_at(c.path);

        ASSERT_FALSE(opened) << c.path;
        EXPECT_NE(opened.error().message.find(c.says), std::string::npos) << opened.error().message;
        EXPECT_NE(opened.error().message.find("test-service"), std::string::npos);
    }
}

TEST(Database, SaysThatADamagedFileIsDamaged) {
    testing::TemporaryFolder folder;
    {
        auto database = open_at(folder.file("store.db")).value();
        ASSERT_TRUE(database->write_now([](soci::session& sql) -> Result<void> {
            for (int i = 0; i < 2000; ++i) {
                const std::string name = fmt::format("{:0100}", i);
                sql << "INSERT INTO items VALUES (:name, 1)", soci::use(name, "name");
            }
            return {};
        }));
    }
    {
        std::fstream file(folder.file("store.db"), std::ios::in | std::ios::out);
        file.seekp(4096);
        const std::string noise(200'000, '\x5a');
        file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
    }

    auto opened = open_at(folder.file("store.db"));
    auto read = !opened ? Result<int>(std::unexpected(opened.error()))
                        : await((*opened)->read([](soci::session& sql) -> Result<int> {
                              std::string name;
                              sql << "SELECT MAX(amount || name) FROM items", soci::into(name);
                              return 1;
                          }));

    ASSERT_FALSE(read);
    EXPECT_NE(read.error().message.find("damaged"), std::string::npos) << read.error().message;
}

}  // namespace
}  // namespace dsm::sql

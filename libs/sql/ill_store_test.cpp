// Stores that can be read and not written: what a write is told, and what the health question is.
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "libs/rt/clock.hpp"
#include "libs/sql/database.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"

namespace dsm::sql {
namespace {

using std::chrono::milliseconds;
using testing::await;
using testing::eventually;

const std::vector<Migration> kSchema = {
    {1, "items", "CREATE TABLE items (id INTEGER PRIMARY KEY, text TEXT NOT NULL)", nullptr},
};

/// While it lives no file of this process grows over `bytes`: what a full disk does, without one.
class FileLimit {
public:
    explicit FileLimit(std::uintmax_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        auto lowered = before_;
        lowered.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &lowered);
    }
    ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

private:
    rlimit before_{};
};

/// Another process with the write lock, as the store sees it: a connection that is not its own.
class Holder {
public:
    explicit Holder(const std::string& path) {
        ::sqlite3_open(path.c_str(), &handle_);
        ::sqlite3_exec(handle_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    }
    ~Holder() { ::sqlite3_close(handle_); }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

private:
    sqlite3* handle_ = nullptr;
};

class IllStore : public ::testing::Test {
protected:
    void SetUp() override { open(); }

    void open() {
        database_.reset();
        auto opened = Database::open(
            {.path = path_, .service = "test-service", .busy_timeout = milliseconds(50)}, kSchema);
        ASSERT_TRUE(opened) << opened.error().message;
        database_ = std::move(*opened);
    }
    Result<void> write(std::size_t bytes) {
        return await(database_->write([bytes](soci::session& sql) -> Result<void> {
            const std::string text(bytes, 'x');
            sql << "INSERT INTO items (text) VALUES (:text)", soci::use(text);
            return {};
        }));
    }
    Result<int> count() {
        return await(database_->read([](soci::session& sql) -> Result<int> {
            int rows = 0;
            sql << "SELECT COUNT(*) FROM items", soci::into(rows);
            return rows;
        }));
    }

    testing::TemporaryFolder folder_;
    const std::string path_ = folder_.file("store.db");
    std::unique_ptr<Database> database_;
};

TEST_F(IllStore, SaysThatTheDiskIsFullAndGoesOnOnceThereIsRoom) {
    ASSERT_TRUE(write(10));
    ASSERT_TRUE(database_->healthy());
    {
        const FileLimit limit(std::filesystem::file_size(path_ + "-wal"));

        const auto refused = write(10);

        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable) << "nothing of it was written";
        EXPECT_EQ(refused.error().cause,
                  path_ + ": the disk is full; it goes on by itself once there is room.");
        EXPECT_FALSE(database_->healthy());
        EXPECT_EQ(database_->ailment(), refused.error().cause);
        EXPECT_EQ(count().value_or(-1), 1);
    }

    EXPECT_TRUE(eventually([&] { return database_->healthy(); }));
    EXPECT_EQ(database_->ailment(), "");
    EXPECT_TRUE(write(10));
    EXPECT_EQ(count().value_or(-1), 2);
}

TEST_F(IllStore, StaysIllWhileTheDiskIsFull) {
    ASSERT_TRUE(write(10));
    const FileLimit limit(std::filesystem::file_size(path_ + "-wal"));
    ASSERT_FALSE(write(10));
    std::atomic<int> asked = 0;

    EXPECT_FALSE(
        eventually([&] { return ++asked > 3 && database_->healthy(); }, milliseconds(1500)));
}

TEST_F(IllStore, FailsTheWritesThatWaitBehindOneAnotherWithinOneWait) {
    ASSERT_TRUE(write(10));
    database_.reset();
    database_ =
        Database::open(
            {.path = path_, .service = "test-service", .busy_timeout = std::chrono::seconds(3)},
            kSchema)
            .value();
    const Holder holder(path_);
    const rt::SystemClock clock;
    const auto begun = clock.steady();
    std::atomic<int> refused = 0;
    {
        std::vector<std::jthread> callers;
        callers.reserve(10);
        for (int i = 0; i < 10; ++i) {
            callers.emplace_back([&] {
                const auto outcome = write(10);
                if (!outcome && outcome.error().code == ErrorCode::kUnavailable &&
                    outcome.error().cause.contains("another process holds the database")) {
                    ++refused;
                }
            });
        }
    }

    EXPECT_EQ(refused, 10);
    EXPECT_LT(clock.steady() - begun, std::chrono::seconds(25))
        << "ten waits of three seconds each";
    EXPECT_EQ(count().value_or(-1), 1) << "reads go on";
    EXPECT_FALSE(database_->healthy());
}

TEST_F(IllStore, GoesOnOnceTheOtherProcessLetsGo) {
    {
        const Holder holder(path_);
        ASSERT_FALSE(write(10));
        EXPECT_FALSE(database_->healthy());
    }

    EXPECT_TRUE(write(10));
    EXPECT_TRUE(database_->healthy());
}

TEST_F(IllStore, IsNotOpenedWhileAnotherProcessHoldsItAndSaysToStartAgain) {
    database_.reset();
    const Holder holder(path_);

    const auto opened = Database::open(
        {.path = path_, .service = "test-service", .busy_timeout = milliseconds(50)}, kSchema);

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message,
              "test-service: cannot open the store: " + path_ +
                  ": another process holds the database; start again once that lets go");
}

TEST_F(IllStore, IsFoundHeldByTheLookAloneWhenNobodyWrites) {
    ASSERT_TRUE(database_->healthy());
    const Holder holder(path_);
    ASSERT_FALSE(write(1));

    EXPECT_FALSE(eventually([&] { return database_->healthy(); }, milliseconds(1500)));
}

TEST_F(IllStore, SaysThatAPageInTheMiddleIsDamagedAndStaysIll) {
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(write(3'000));
    database_.reset();
    {
        std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path_) / 2));
        const std::string noise(64 * 1024, '\x5a');
        file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
    }
    open();

    const auto touched = await(database_->write([](soci::session& sql) -> Result<void> {
        sql << "UPDATE items SET text = text || 'y'";
        return {};
    }));

    ASSERT_FALSE(touched);
    EXPECT_NE(touched.error().cause.find("damaged"), std::string::npos) << touched.error().cause;
    EXPECT_NE(touched.error().cause.find("dsm doctor"), std::string::npos) << touched.error().cause;
    ASSERT_TRUE(write(10)) << "the end of the file is whole";
    EXPECT_FALSE(database_->healthy()) << "a write elsewhere mends no page";
}

/// Needs a server: `DSM_TEST_POSTGRES` holds its libpq keywords.
TEST(Postgresql, ThatTakesNoWritesIsIllUntilItDoes) {
    const char* server = std::getenv("DSM_TEST_POSTGRES");
    if (server == nullptr) GTEST_SKIP() << "DSM_TEST_POSTGRES is not set";
    testing::TemporaryFolder folder;
    const auto database =
        Database::open(
            {.dialect = Dialect::kPostgresql, .dsn = server, .service = "ill" + folder.path()},
            kSchema)
            .value();
    const auto refuse_writes = [&](const char* answer) {
        return database->write_now([answer](soci::session& sql) -> Result<void> {
            std::string name;
            sql << "SELECT current_database()", soci::into(name);
            sql << fmt::format("ALTER DATABASE \"{}\" SET default_transaction_read_only = {}", name,
                               answer);
            return {};
        });
    };
    ASSERT_TRUE(refuse_writes("on"));

    EXPECT_TRUE(eventually([&] { return !database->healthy(); }));
    EXPECT_NE(database->ailment().find("can be read but not written"), std::string::npos);

    ASSERT_TRUE(refuse_writes("off"));
    EXPECT_TRUE(eventually([&] { return database->healthy(); }));
}

}  // namespace
}  // namespace dsm::sql

#include "libs/sql/integrity.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <sqlite3.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "libs/sql/database.hpp"
#include "libs/testing/process.hpp"

namespace dsm::sql {
namespace {

constexpr std::streamoff kPage = 4096;

class Integrity : public ::testing::Test {
protected:
    std::unique_ptr<Database> open() {
        auto opened =
            Database::open({.path = path, .service = "a-service"},
                           {{1, "rows", "CREATE TABLE t (id INTEGER, text TEXT);\n", nullptr}});
        EXPECT_TRUE(opened);
        return std::move(*opened);
    }

    void fill(Database& database) {
        const auto filled = database.write_now([](soci::session& session) -> Result<void> {
            const std::string text(1000, 'x');
            for (int i = 0; i < 200; ++i) {
                session << "INSERT INTO t VALUES (:i, :text)", soci::use(i), soci::use(text);
            }
            return {};
        });
        ASSERT_TRUE(filled);
    }

    testing::TemporaryFolder folder;
    const std::string path = folder.file("a.db");
};

TEST_F(Integrity, FindsAStoreWholeWhileAServiceHasItOpen) {
    const auto database = open();
    fill(*database);

    EXPECT_TRUE(check_integrity(path));
}

TEST_F(Integrity, SaysThatAStoreIsDamaged) {
    fill(*open());
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(3 * kPage);
        file << std::string(static_cast<std::size_t>(kPage), '\xff');
    }

    const auto checked = check_integrity(path);

    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalid);
    EXPECT_TRUE(checked.error().message.starts_with(path + ": ")) << checked.error().message;
}

TEST_F(Integrity, TellsNoFileFromNoDatabase) {
    EXPECT_EQ(check_integrity(path).error().code, ErrorCode::kNotFound);
    std::ofstream(path) << std::string(5000, 'n');

    EXPECT_EQ(check_integrity(path).error().code, ErrorCode::kInvalid);
}

TEST_F(Integrity, GivesUpInTime) {
    fill(*open());

    const auto checked = check_integrity(path, std::chrono::milliseconds(0));

    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(checked.error().message, path + ": the check did not end in time");
}

TEST_F(Integrity, FindsThatAStoreCanBeWrittenWhileAServiceHasItOpen) {
    const auto database = open();

    EXPECT_TRUE(check_writable(path));
    EXPECT_TRUE(database->healthy());
}

TEST_F(Integrity, SaysThatAnotherProcessHoldsAStore) {
    const auto database = open();
    sqlite3* holder = nullptr;
    ::sqlite3_open(path.c_str(), &holder);
    ::sqlite3_exec(holder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);

    const auto checked = check_writable(path, std::chrono::milliseconds(10));

    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(checked.error().message.find("another process holds it"), std::string::npos);
    ::sqlite3_close(holder);
    EXPECT_TRUE(check_writable(path, std::chrono::milliseconds(10)));
}

/// While it lives this thread has the rights of the user nobody, if it had root's, to whom
/// permissions say nothing. What nobody needs is given to him first.
class NotRoot {
public:
    explicit NotRoot(const std::vector<std::string>& needed) {
        if (::geteuid() != 0) return;
        for (const auto& path : needed) EXPECT_EQ(::chown(path.c_str(), kNobody, kNobody), 0);
        ::setfsuid(kNobody);
        EXPECT_EQ(::setfsuid(-1), static_cast<int>(kNobody)) << "the rights of the thread";
    }
    ~NotRoot() { ::setfsuid(::geteuid()); }
    NotRoot(const NotRoot&) = delete;
    NotRoot& operator=(const NotRoot&) = delete;

private:
    static constexpr uid_t kNobody = 65534;
};

TEST_F(Integrity, SaysThatAStoreMayNotBeWritten) {
    open();
    const NotRoot rights({folder.path(), path});
    ASSERT_TRUE(check_writable(path)) << "it is the permissions that say no";

    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    const auto file = check_writable(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    std::filesystem::permissions(
        folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    const auto its_folder = check_writable(path);
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);

    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::kForbidden);
    ASSERT_FALSE(its_folder);
    EXPECT_EQ(its_folder.error().code, ErrorCode::kForbidden);
}

TEST_F(Integrity, LeavesALogThatNobodyHasOpenAsItIs) {
    const auto database = open();
    fill(*database);
    const std::string copy = folder.file("copy.db");
    std::filesystem::copy_file(path, copy);
    std::filesystem::copy_file(path + "-wal", copy + "-wal");
    const auto size = std::filesystem::file_size(copy + "-wal");
    ASSERT_GT(size, 0U);

    EXPECT_TRUE(check_writable(copy));

    EXPECT_EQ(std::filesystem::file_size(copy + "-wal"), size);
}

}  // namespace
}  // namespace dsm::sql

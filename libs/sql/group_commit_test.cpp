// What each of a group is promised: its own outcome, after the COMMIT that it shares.
#include "libs/sql/group_commit.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <deque>
#include <latch>

#include "libs/rt/parallel.hpp"
#include "libs/sql/database.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"

namespace dsm::sql {
namespace {

namespace asio = boost::asio;
using Names = std::vector<std::string>;

const std::vector<Migration> kSchema = {
    {1, "items", "CREATE TABLE items (name TEXT PRIMARY KEY)", nullptr}};

Result<void> add_item(soci::session& session, const std::string& name) {
    session << "INSERT INTO items (name) VALUES (:name)", soci::use(name);
    return {};
}

class GroupCommitTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened =
            Database::open({.path = folder_.file("store.db"), .service = "test-service"}, kSchema);
        ASSERT_TRUE(opened) << opened.error().message;
        database_ = std::move(*opened);
    }

    void wait_for(GroupCommit::Work work, std::chrono::seconds limit = std::chrono::seconds(60)) {
        works_.push_back(std::move(work));
        entries_.emplace_back(works_.back(), rt::Deadline::after(clock_, limit));
        ASSERT_TRUE(group_.add(entries_.back()));
    }

    /// Finishes all that wait, as the writer thread does.
    std::vector<Result<void>> finish() {
        std::vector<Result<void>> outcomes;
        for (auto& entry : entries_) {
            outcomes.push_back(
                group_.finish(entry, [this](const GroupCommit::Work& work, rt::Deadline deadline) {
                    ++transactions_;
                    if (deadline.passed(clock_)) return Result<void>(std::unexpected(kTooLate));
                    if (refusal_) return Result<void>(std::unexpected(*refusal_));
                    auto done = database_->write_now(work);
                    if (done && lost_answer_) return Result<void>(std::unexpected(*lost_answer_));
                    return done;
                }));
        }
        return outcomes;
    }

    Names stored() {
        Names names;
        auto done = database_->write_now([&](soci::session& session) -> Result<void> {
            soci::rowset<std::string> rows =
                (session.prepare << "SELECT name FROM items ORDER BY name");
            names.assign(rows.begin(), rows.end());
            return {};
        });
        EXPECT_TRUE(done);
        return names;
    }

    const Error kTooLate{ErrorCode::kUnavailable, "too late"};
    const rt::SystemClock clock_;
    testing::TemporaryFolder folder_;
    std::unique_ptr<Database> database_;
    GroupCommit group_{100};
    std::deque<GroupCommit::Work> works_;
    std::deque<GroupCommit::Entry> entries_;
    int transactions_ = 0;
    std::optional<Error> refusal_;
    std::optional<Error> lost_answer_;
};

TEST_F(GroupCommitTest, CommitsAllThatWaitAtOnce) {
    for (const char* name : {"a", "b", "c"}) {
        wait_for([name](soci::session& session) { return add_item(session, name); });
    }

    const auto outcomes = finish();

    EXPECT_TRUE(outcomes[0] && outcomes[1] && outcomes[2]);
    EXPECT_EQ(transactions_, 1);
    EXPECT_EQ(stored(), (Names{"a", "b", "c"}));
}

TEST_F(GroupCommitTest, UndoesAloneWhatFails) {
    wait_for([](soci::session& session) { return add_item(session, "a"); });
    wait_for([](soci::session& session) -> Result<void> {
        (void)add_item(session, "b");
        return fail(ErrorCode::kInvalid, "not this one");
    });
    wait_for([](soci::session& session) {
        (void)add_item(session, "c");
        return add_item(session, "a");
    });
    wait_for([](soci::session& session) { return add_item(session, "d"); });

    const auto outcomes = finish();

    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().code, ErrorCode::kInvalid);
    EXPECT_EQ(outcomes[2].error().code, ErrorCode::kConflict);
    EXPECT_TRUE(outcomes[3]);
    EXPECT_EQ(stored(), (Names{"a", "d"}));
}

TEST_F(GroupCommitTest, AFailedCommitFailsAll) {
    wait_for([](soci::session& session) { return add_item(session, "a"); });
    wait_for([](soci::session&) -> Result<void> { return fail(ErrorCode::kInvalid, "no"); });
    wait_for([](soci::session& session) { return add_item(session, "b"); });
    lost_answer_ = Error{ErrorCode::kUnknown, "the answer to COMMIT was lost"};

    const auto outcomes = finish();

    EXPECT_EQ(outcomes[0].error().code, ErrorCode::kUnknown);
    EXPECT_EQ(outcomes[1].error().code, ErrorCode::kInvalid);
    EXPECT_EQ(outcomes[2].error().code, ErrorCode::kUnknown);
    EXPECT_EQ(transactions_, 1);
}

TEST_F(GroupCommitTest, AStoreThatCannotBeWrittenIsWaitedForOnce) {
    for (const char* name : {"a", "b"}) {
        wait_for([name](soci::session& session) { return add_item(session, name); });
    }
    refusal_ = Error{ErrorCode::kUnavailable, "another process holds the database"};

    const auto outcomes = finish();

    EXPECT_EQ(outcomes[0].error().message, refusal_->message);
    EXPECT_EQ(outcomes[1].error().message, refusal_->message);
    EXPECT_EQ(transactions_, 1);
}

TEST_F(GroupCommitTest, OneWhoseTimeIsOverFailsAlone) {
    wait_for([](soci::session& session) { return add_item(session, "late"); },
             std::chrono::seconds(0));
    for (const char* name : {"a", "b"}) {
        wait_for([name](soci::session& session) { return add_item(session, name); });
    }

    const auto outcomes = finish();

    EXPECT_EQ(outcomes[0].error(), kTooLate);
    EXPECT_TRUE(outcomes[1] && outcomes[2]);
    EXPECT_EQ(stored(), (Names{"a", "b"}));
}

/// A full disk, for one, makes SQLite give the whole transaction up.
TEST_F(GroupCommitTest, RunsEachByItselfWhenTheDatabaseEndsTheTransaction) {
    wait_for([](soci::session& session) { return add_item(session, "a"); });
    wait_for([](soci::session& session) -> Result<void> {
        session << "ROLLBACK";
        throw soci::soci_error("gone");
    });
    wait_for([](soci::session& session) { return add_item(session, "b"); });

    const auto outcomes = finish();

    EXPECT_TRUE(outcomes[0]);
    EXPECT_FALSE(outcomes[1]);
    EXPECT_TRUE(outcomes[2]);
    EXPECT_EQ(stored(), (Names{"a", "b"}));
}

TEST_F(GroupCommitTest, RefusesMoreThanItsLimit) {
    GroupCommit small(1);
    const GroupCommit::Work work = [](soci::session&) { return Result<void>{}; };
    const auto deadline = rt::Deadline::after(clock_, std::chrono::seconds(60));
    GroupCommit::Entry first(work, deadline);
    GroupCommit::Entry second(work, deadline);

    EXPECT_TRUE(small.add(first));
    EXPECT_FALSE(small.add(second));
    EXPECT_TRUE(small.finish(first, [](const auto&, auto) { return Result<void>{}; }));
    EXPECT_TRUE(small.add(second));
}

/// Through the database: what waits behind a slow writer, one of them refused.
TEST_F(GroupCommitTest, GivesEachWriterOfADatabaseItsOwnOutcome) {
    std::latch all_wait(1);
    std::vector<int> outcomes(20, -1);
    std::vector<std::function<asio::awaitable<void>()>> writers;
    for (int i = 0; i < 20; ++i) {
        writers.emplace_back([&, i]() -> asio::awaitable<void> {
            auto written = co_await database_->write([&, i](soci::session& session) {
                if (i == 0) all_wait.wait();
                if (i == 7) throw std::runtime_error("a bug");
                auto added = add_item(session, fmt::format("{}", i % 10 == 5 ? 5 : i));
                return added ? Result<int>(i) : std::unexpected(added.error());
            });
            outcomes[static_cast<std::size_t>(i)] = written ? *written : -2;
        });
    }
    writers.emplace_back([&]() -> asio::awaitable<void> {
        all_wait.count_down();
        co_return;
    });

    EXPECT_THROW(testing::await(rt::when_all(std::move(writers))), std::runtime_error);

    for (const int i : {0, 5, 6, 8, 19}) EXPECT_EQ(outcomes[static_cast<std::size_t>(i)], i);
    EXPECT_EQ(outcomes[15], -2);
    EXPECT_EQ(outcomes[7], -1);
    EXPECT_EQ(stored().size(), 18U);
}

}  // namespace
}  // namespace dsm::sql

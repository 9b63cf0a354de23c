// What a borrower gets when every session is lent.
#include "libs/sql/session_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>

#include "libs/sql/fake_connector_test.hpp"
#include "libs/testing/process.hpp"

namespace dsm::sql {
namespace {

using namespace std::chrono_literals;

/// No test takes so long: one that waits for it is ended, and has failed.
constexpr auto kForever = 24h;

/// A server that gives so many sessions and refuses more, or is gone.
class FullConnector final : public FakeConnector {
public:
    std::unique_ptr<soci::session> connect(Access) override {
        const std::scoped_lock lock(mutex_);
        if (given_ == most) {
            ++refusals;
            throw soci::soci_error("no more");
        }
        ++given_;
        return std::make_unique<soci::session>();
    }
    Failure classify(const soci::soci_error& error) const override {
        return {.error = {ErrorCode::kUnavailable, error.get_error_message()},
                .no_session = true,
                .refused = !gone};
    }

    int most = 1;
    bool gone = false;
    std::atomic<int> refusals = 0;

private:
    std::mutex mutex_;
    int given_ = 0;
};

class SessionsOfAFullServer : public ::testing::Test {
protected:
    /// Whether a second borrower gets a session; the first gives his back once the
    /// server has refused the second one another.
    bool second_gets_one(bool first_is_dropped) {
        std::unique_ptr<SessionPool::Lease> first(new SessionPool::Lease(pool.borrow()));
        auto second = std::async(std::launch::async, [&] {
            try {
                pool.borrow(rt::Deadline::after(clock, kForever));
                return true;
            } catch (const soci::soci_error&) {
                return false;
            }
        });
        EXPECT_TRUE(testing::eventually([&] { return connector.refusals > 0; }));
        if (first_is_dropped) first->drop();
        first.reset();
        return second.get();
    }

    const rt::SystemClock clock;
    FullConnector connector;
    SessionPool pool{connector, Access::kWrite, 3};
};

TEST_F(SessionsOfAFullServer, AreWaitedForWhileOthersHaveThem) {
    EXPECT_TRUE(second_gets_one(false));
}

TEST_F(SessionsOfAFullServer, AreNotWaitedForOnceNobodyHasOne) {
    EXPECT_FALSE(second_gets_one(true));
}

TEST_F(SessionsOfAFullServer, AreNotWaitedForWhereThereIsNone) {
    connector.most = 0;

    EXPECT_THROW(pool.borrow(rt::Deadline::after(clock, kForever)), soci::soci_error);
}

TEST_F(SessionsOfAFullServer, AreNotWaitedForOfAServerThatIsGone) {
    connector.gone = true;
    const auto first = pool.borrow();

    EXPECT_THROW(pool.borrow(rt::Deadline::after(clock, kForever)), soci::soci_error);
}

TEST_F(SessionsOfAFullServer, AreWaitedForUntilTheDeadlineOnly) {
    const auto first = pool.borrow();

    EXPECT_THROW(pool.borrow(rt::Deadline::after(clock, 5ms)), soci::soci_error);
}

class SessionsThatWereRefused : public SessionsOfAFullServer {
protected:
    /// A pool whose one session is lent, and that was refused another.
    std::unique_ptr<SessionPool::Lease> lend_the_last(SessionPool& from) {
        std::unique_ptr<SessionPool::Lease> lease(new SessionPool::Lease(from.borrow()));
        EXPECT_THROW(from.borrow(rt::Deadline::after(clock, 1ms)), soci::soci_error);
        EXPECT_EQ(connector.refusals, 1);
        return lease;
    }

    SessionPool resting{connector, Access::kWrite, 3, 3s, kForever};
};

TEST_F(SessionsThatWereRefused, AreNotAskedForAgainWhileOthersMayGiveTheirsBack) {
    const auto first = lend_the_last(resting);

    EXPECT_THROW(resting.borrow(rt::Deadline::after(clock, 1ms)), soci::soci_error);
    EXPECT_EQ(connector.refusals, 1);
}

TEST_F(SessionsThatWereRefused, AreAskedForAgainAfterAWhile) {
    SessionPool restless(connector, Access::kWrite, 3, 3s, 0ms);
    const auto first = lend_the_last(restless);

    EXPECT_THROW(restless.borrow(rt::Deadline::after(clock, 1ms)), soci::soci_error);
    EXPECT_EQ(connector.refusals, 2);
}

TEST_F(SessionsThatWereRefused, AreAskedForAtOnceWhenNobodyHasOne) {
    auto first = lend_the_last(resting);
    connector.most = 2;
    first->drop();
    first.reset();

    EXPECT_NO_THROW(resting.borrow(rt::Deadline::after(clock, kForever)));
}

TEST(SessionPool, RefusesWhoWaitedItsPatienceForASessionAndServesTheNext) {
    const testing::TemporaryFolder folder;
    const auto connector = make_sqlite_connector({.path = folder.file("store.db")});
    SessionPool pool(*connector, Access::kWrite, 1, std::chrono::milliseconds(5));
    {
        auto lent = pool.borrow();

        EXPECT_THROW(pool.borrow(), soci::soci_error);
    }
    EXPECT_NO_THROW(pool.borrow());
}

}  // namespace
}  // namespace dsm::sql

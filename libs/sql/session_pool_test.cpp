// What a borrower gets when every session is lent.
#include "libs/sql/session_pool.hpp"

#include <gtest/gtest.h>

#include "libs/testing/process.hpp"

namespace dsm::sql {
namespace {

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

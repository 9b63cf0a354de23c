// A short load under which the store or Redis comes and goes; dsm_chaos has the long ones.
#include "tests/chaos/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/chaos/theatre.hpp"

namespace dsm::chaos {
namespace {

using namespace std::chrono_literals;

/// Several troubles befell it, decisions were made meanwhile, and every promise was kept.
void expect_kept_under(StoreKind kind, const std::string& trouble) {
    Theatre theatre(DSM_BINARY, kind);
    auto troubles = troubles_of(theatre.stage());
    const auto meant = std::ranges::find(troubles, trouble, &Trouble::name);
    ASSERT_NE(meant, troubles.end());
    const Load load{.lasts = 6s, .trouble = *meant, .every = 2s, .stays = 300ms, .at_least = 2};
    const LoadTold result = tell_load(theatre.stage(), load, "load");

    EXPECT_GE(result.troubles, load.at_least);
    EXPECT_GE(result.told.history.decisions.size(), static_cast<std::size_t>(load.clients))
        << "each client was answered at least once";
    const std::string breaches = describe(check(result.told.history, kOnABusyMachine));
    EXPECT_EQ(breaches, "");
    if (!breaches.empty()) std::fputs(outputs_of(result.told.history).c_str(), stderr);
}

TEST(Load, OnAPostgresqlThatIsRestartedLosesNothingAndDoesNothingTwice) {
    expect_kept_under(StoreKind::kPostgresql, "postgresql-restarted");
}

TEST(Load, OnARedisThatLosesItsTailLosesNothingAndDoesNothingTwice) {
    expect_kept_under(StoreKind::kSqlite, "redis-lost-tail");
}

}  // namespace
}  // namespace dsm::chaos

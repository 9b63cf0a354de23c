// The kill matrix: the real binary is killed at every point at which it can be, and afterwards
// every promise of docs/reliability.md holds.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/chaos/run.hpp"

namespace dsm::chaos {
namespace {

std::vector<std::string> points() {
    const auto listed = testing::run_process({DSM_BINARY, "failpoints"});
    std::vector<std::string> names;
    std::istringstream lines(listed.out);
    std::string line;
    while (std::getline(lines, line)) names.push_back(line);
    return names;
}

/// Runs the cells number `part`, `part + parts`, … so that two programs share the work.
void run_cells(Stage& stage, int part, int parts) {
    const auto cells = cells_of(points());
    ASSERT_FALSE(cells.empty()) << "no failpoints: configure with cmake --preset dev";
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (static_cast<int>(i) % parts != part) continue;
        SCOPED_TRACE(name_of(cells[i]));
        try {
            const Told told = tell(stage, cells[i], "cell-" + std::to_string(i));
            EXPECT_TRUE(told.armed_all) << "it was never killed there";
            const std::string breaches = describe(check(told.history));
            EXPECT_EQ(breaches, "");
            if (!breaches.empty()) std::fputs(told.outputs.c_str(), stderr);
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
    }
}

struct OnSqlite {
    testing::TemporaryFolder folder;
    ClusterBeside cluster{DSM_BINARY};
    testing::RedisServer redis{"a-password-of-the-chaos"};
    Stage stage{.binary = DSM_BINARY,
                .cluster = cluster,
                .redis = redis,
                .redis_password = "a-password-of-the-chaos"};

    OnSqlite() { load_workspace(stage, folder.path()); }
};

TEST(KillMatrixOnSqlite, EveryPromiseHoldsAfterAKillAtEveryPointFirstHalf) {
    OnSqlite on;
    run_cells(on.stage, 0, 2);
}

TEST(KillMatrixOnSqlite, EveryPromiseHoldsAfterAKillAtEveryPointSecondHalf) {
    OnSqlite on;
    run_cells(on.stage, 1, 2);
}

}  // namespace
}  // namespace dsm::chaos

// The kill matrix: the real binary is killed at every point at which it can be, and afterwards
// every promise of docs/reliability.md holds; on either store.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/chaos/theatre.hpp"

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

void run_cell(Stage& stage, const Cell& cell, const std::string& name_space) {
    SCOPED_TRACE(name_of(cell));
    try {
        const Told told = tell(stage, cell, name_space);
        EXPECT_TRUE(told.armed_all) << "it was never killed there";
        const std::string breaches = describe(check(told.history));
        EXPECT_EQ(breaches, "");
        if (!breaches.empty()) std::fputs(outputs_of(told.history).c_str(), stderr);
    } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
    }
}

/// Runs the cells number `part`, `part + parts`, … so that two programs share the work.
void run_cells(StoreKind kind, std::size_t part, std::size_t parts) {
    Theatre theatre(DSM_BINARY, kind);
    const auto cells = cells_of(points());
    ASSERT_FALSE(cells.empty()) << "no failpoints: configure with cmake --preset dev";
    for (std::size_t i = part; i < cells.size(); i += parts) {
        run_cell(theatre.stage(), cells[i], "cell-" + std::to_string(i));
    }
}

TEST(KillMatrixOnSqlite, EveryPromiseHoldsAfterAKillAtEveryPointFirstHalf) {
    run_cells(StoreKind::kSqlite, 0, 2);
}

TEST(KillMatrixOnSqlite, EveryPromiseHoldsAfterAKillAtEveryPointSecondHalf) {
    run_cells(StoreKind::kSqlite, 1, 2);
}

TEST(KillMatrixOnPostgresql, EveryPromiseHoldsAfterAKillAtEveryPointFirstHalf) {
    run_cells(StoreKind::kPostgresql, 0, 2);
}

TEST(KillMatrixOnPostgresql, EveryPromiseHoldsAfterAKillAtEveryPointSecondHalf) {
    run_cells(StoreKind::kPostgresql, 1, 2);
}

}  // namespace
}  // namespace dsm::chaos

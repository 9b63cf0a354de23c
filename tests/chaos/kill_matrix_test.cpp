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
        EXPECT_EQ(missed(cell, told), std::vector<std::string>{}) << "never struck";
        const std::string breaches = describe(check(told.history, kOnABusyMachine));
        EXPECT_EQ(breaches, "");
        if (!breaches.empty()) std::fputs(outputs_of(told.history).c_str(), stderr);
    } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
    }
}

struct Part {
    const char* name;
    StoreKind store;
    std::size_t number;
};

/// In the names of ctest.
void PrintTo(const Part& part, std::ostream* out) {
    *out << part.name;
}

/// So many programs share the work on each store.
constexpr std::size_t kParts = 4;

class KillMatrix : public ::testing::TestWithParam<Part> {};

TEST_P(KillMatrix, EveryPromiseHoldsAfterAKillAtEveryPoint) {
    Theatre theatre(DSM_BINARY, GetParam().store);
    const auto cells = cells_of(points());
    ASSERT_FALSE(cells.empty()) << "no failpoints: configure with cmake --preset dev";
    for (std::size_t i = GetParam().number; i < cells.size(); i += kParts) {
        run_cell(theatre.stage(), cells[i], "cell-" + std::to_string(i));
    }
}

INSTANTIATE_TEST_SUITE_P(On, KillMatrix,
                         ::testing::Values(Part{"sqlite_1", StoreKind::kSqlite, 0},
                                           Part{"sqlite_2", StoreKind::kSqlite, 1},
                                           Part{"sqlite_3", StoreKind::kSqlite, 2},
                                           Part{"sqlite_4", StoreKind::kSqlite, 3},
                                           Part{"postgresql_1", StoreKind::kPostgresql, 0},
                                           Part{"postgresql_2", StoreKind::kPostgresql, 1},
                                           Part{"postgresql_3", StoreKind::kPostgresql, 2},
                                           Part{"postgresql_4", StoreKind::kPostgresql, 3}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace dsm::chaos

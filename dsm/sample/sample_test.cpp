// The sample is a workspace file like any other, on every day of the year.
#include "dsm/sample/sample.hpp"

#include <gtest/gtest.h>

#include "dsm/workspace/workspace.hpp"

namespace dsm::sample {
namespace {

TEST(Sample, IsAGoodWorkspaceOnAnyDay) {
    const auto first = *parse_date("2024-02-28");
    for (int day = 0; day < 366; day += 7) {
        const auto workspace =
            workspace::parse(text(first + std::chrono::days(day)), [](auto, auto sprint) {
                return sprint == "TEST-001-S12" ? "run-dailyscrum-test-001-test-001-s12" : "other";
            });

        ASSERT_TRUE(workspace.has_value()) << workspace.error().front();
        EXPECT_EQ(workspace::summary(*workspace),
                  "4 projects, 6 employees, 2 holidays, 1 PTO entry, 15 sprints, 38 tasks, "
                  "1 CronJob");
    }
}

}  // namespace
}  // namespace dsm::sample

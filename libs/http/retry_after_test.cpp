#include "libs/http/retry_after.hpp"

#include <gtest/gtest.h>

namespace dsm::http {
namespace {

TEST(RetryAfter, CountsOnlyWholeSecondsOnBusyAndBrokenAnswers) {
    struct Row {
        int status;
        std::string value;
        std::optional<int> expected;
    };
    const std::vector<Row> rows{
        {429, "3", 3},     {503, "0", 0},   {500, "12", 12},  {404, "3", {}},
        {503, "soon", {}}, {503, "-1", {}}, {503, "1.5", {}}, {503, "99999999999", {}},
        {503, "", {}},
    };
    for (const Row& row : rows) {
        ClientResponse busy{.status = row.status};
        busy.headers.set("retry-after", row.value);

        EXPECT_EQ(retry_after_seconds(busy), row.expected) << row.status << " " << row.value;
    }
}

}  // namespace
}  // namespace dsm::http

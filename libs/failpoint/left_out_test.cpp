// What a shipped build makes of the points: nothing.
#undef DSM_FAILPOINTS
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <type_traits>

#include "libs/failpoint/failpoint.hpp"

namespace dsm::failpoint {
namespace {

constexpr Point kNowhere("test.nowhere");
static_assert(std::is_empty_v<Point> && kNowhere.hit("us") == Effect::kNone);

TEST(FailpointsLeftOut, AreNoneAtAll) {
    EXPECT_TRUE(left_out::all_points().empty());
}

/// Only a preset that says so has them, and the shipped one does not.
TEST(FailpointsLeftOut, IsHowTheReleaseIsBuilt) {
    std::ifstream file(std::string(DSM_SOURCE_DIR) + "/CMakePresets.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto presets = boost::json::parse(text).at("configurePresets").as_array();

    std::vector<std::string> with;
    for (const auto& preset : presets) {
        const auto& variables = preset.at("cacheVariables").as_object();
        const auto* option = variables.if_contains("DSM_FAILPOINTS");
        if (option && *option != "OFF") with.emplace_back(preset.at("name").as_string());
    }
    EXPECT_EQ(with, (std::vector<std::string>{"dev", "asan", "tsan"}));
}

}  // namespace
}  // namespace dsm::failpoint

#include "services/orchestrator/core/naming.hpp"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

namespace dsm::orchestrator {
namespace {

std::string name(std::string project, std::string sprint) {
    return cronjob_name(ProjectId(std::move(project)), SprintId(std::move(sprint)));
}

bool is_valid_name(std::string_view text) {
    const auto alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= 52 && alphanumeric(text.front()) &&
           alphanumeric(text.back()) &&
           std::ranges::all_of(text, [&](char c) { return alphanumeric(c) || c == '-'; });
}

bool is_hashed(std::string_view text) {
    const auto dash = text.rfind('-');
    return text.size() - dash == 17 &&
           text.substr(dash + 1).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

TEST(CronJobName, IsThePlainOneWhereTheContractSaysSo) {
    EXPECT_EQ(name("TEST-001", "TEST-001-S12"), "run-dailyscrum-test-001-test-001-s12");
    EXPECT_EQ(name("A", "A-S01"), "run-dailyscrum-a-a-s01");
    EXPECT_EQ(name("7", "7-S100"), "run-dailyscrum-7-7-s100");
    // 52 characters fit, 53 do not.
    EXPECT_EQ(name("ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP-S01"),
              "run-dailyscrum-abcdefghijklmnop-abcdefghijklmnop-s01");
    EXPECT_TRUE(is_hashed(name("ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP-S012")));
}

TEST(CronJobName, IsAHashedOneForEveryOtherPair) {
    const std::pair<const char*, const char*> pairs[] = {
        {"ab", "ab-S01"},   {"AB", "ab-S01"},   {"AB", "AB-S1"},          {"AB", "AB-s01"},
        {"AB", "AB-S01x"},  {"AB", "AC-S01"},   {"AB-", "AB--S01"},       {"-AB", "-AB-S01"},
        {"A_B", "A_B-S01"}, {"A B", "A B-S01"}, {"\u00c4", "\u00c4-S01"}, {"", "-S01"},
        {"AB", ""},         {"", ""},           {"A.B", "A.B-S01"},       {"AB", "AB-S"},
    };

    for (const auto& [project, sprint] : pairs) {
        const std::string text = name(project, sprint);
        EXPECT_TRUE(is_hashed(text)) << text;
        EXPECT_TRUE(is_valid_name(text)) << text;
    }
    EXPECT_TRUE(name("web_shop", "web_shop-S01").starts_with("run-dailyscrum-web-shop-web-shop"));
}

TEST(CronJobName, NeverChanges) {
    // Objects of these names are in clusters.
    EXPECT_EQ(name("web_shop", "web_shop-S01"),
              "run-dailyscrum-web-shop-web-shop-s0-d58e593f7db7758c");
}

TEST(Mistake7, NamesOfDifferentIdsAreDifferent) {
    EXPECT_NE(name("A-B", "C"), name("A", "B-C"));
    EXPECT_NE(name("AB", "AB-S01"), name("ab", "ab-S01"));
    EXPECT_NE(name("A_B", "A_B-S01"), name("A-B", "A-B-S01"));
    EXPECT_LE(name(std::string(255, 'X'), std::string(255, 'Y')).size(), 52U);
}

TEST(CronJobName, AMillionHostilePairsNeverCollideAndAlwaysAreValid) {
    std::mt19937_64 random(7);
    const std::string_view letters[] = {"a", "A", "b",   "-",   "_", ".",  "S",      "s",
                                        "0", "1", "-S0", "-s0", ":", "\"", "\u00e4", "\n"};
    const auto text = [&] {
        std::string result;
        const auto length = random() % 7;
        for (std::size_t i = 0; i < length; ++i) result += letters[random() % std::size(letters)];
        if (random() % 50 == 0) result += std::string(random() % 250, 'A');
        return result;
    };
    std::unordered_map<std::string, std::pair<std::string, std::string>> seen;
    for (int i = 0; i < 1'000'000; ++i) {
        std::string project = text();
        std::string sprint =
            random() % 3 == 0 ? fmt::format("{}-S{:02}", project, random() % 200) : text();

        const std::string result = name(project, sprint);
        ASSERT_TRUE(is_valid_name(result)) << result;
        const auto [at, fresh] = seen.emplace(result, std::pair(project, sprint));
        ASSERT_TRUE(fresh || at->second == std::pair(project, sprint))
            << result << " is the name of (" << project << ", " << sprint << ") and of ("
            << at->second.first << ", " << at->second.second << ")";
    }
}

TEST(LabelValue, IsTheIdItselfOrItsHash) {
    EXPECT_EQ(label_value("TEST-001"), "TEST-001");
    EXPECT_EQ(label_value("a.b_c-d"), "a.b_c-d");
    for (const std::string& id :
         {std::string(), std::string("-a"), std::string("a_"), std::string("a b"),
          std::string(64, 'a'), std::string("\u00e4")}) {
        EXPECT_TRUE(is_label_value(label_value(id))) << id;
        EXPECT_EQ(label_value(id).size(), 32U) << id;
    }
}

}  // namespace
}  // namespace dsm::orchestrator

#include "services/orchestrator/core/rights.hpp"

#include <gtest/gtest.h>

namespace dsm::orchestrator {
namespace {

std::vector<RightFinding> findings(std::vector<Grant> grants) {
    std::vector<RightFinding> found;
    const auto needed = rights_needed("dsm");
    for (std::size_t i = 0; i < needed.size(); ++i) found.push_back({needed[i], grants.at(i), ""});
    return found;
}

constexpr Grant kGranted = Grant::kGranted;
constexpr Grant kMissing = Grant::kMissing;
constexpr Grant kUnknown = Grant::kUnknown;

TEST(Rights, AreThoseOfTheChangeRequest) {
    std::vector<std::string> said;
    for (const Right& right : rights_needed("team-a")) said.push_back(describe(right));

    EXPECT_EQ(said, (std::vector<std::string>{"get cronjobs.batch in namespace team-a",
                                              "list cronjobs.batch in namespace team-a",
                                              "create cronjobs.batch in namespace team-a",
                                              "delete cronjobs.batch in namespace team-a"}));
}

TEST(Rights, OneMissingOutweighsOneUnknown) {
    EXPECT_EQ(standing_of(findings({kGranted, kGranted, kGranted, kGranted})), kGranted);
    EXPECT_EQ(standing_of(findings({kGranted, kUnknown, kGranted, kGranted})), kUnknown);
    EXPECT_EQ(standing_of(findings({kGranted, kUnknown, kMissing, kGranted})), kMissing);
    EXPECT_EQ(standing_of({}), kUnknown);
}

TEST(Rights, TheRuleToAddNamesWhatIsMissingAndNothingElse) {
    EXPECT_EQ(missing_rules(findings({kGranted, kUnknown, kMissing, kMissing})),
              R"(- {apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["create", "delete"]})");
    EXPECT_EQ(missing_rules(findings({kGranted, kUnknown, kGranted, kGranted})), "");
}

TEST(Rights, EachResourceHasARuleOfItsOwn) {
    auto found = findings({kMissing, kGranted, kGranted, kGranted});
    found.push_back({{"create", "", "events", "dsm"}, kMissing, ""});

    EXPECT_EQ(missing_rules(found),
              "- {apiGroups: [\"\"], resources: [\"events\"], verbs: [\"create\"]}\n"
              "- {apiGroups: [\"batch\"], resources: [\"cronjobs\"], verbs: [\"get\"]}");
    EXPECT_EQ(describe(found.back().right), "create events in namespace dsm");
}

}  // namespace
}  // namespace dsm::orchestrator

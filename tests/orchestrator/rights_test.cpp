// What the orchestrator may not do at the API server is named before it is needed, and stops
// nothing else.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;
using dsm::testing::eventually;

json::value rights_of(const Orchestra& orchestra) {
    return orchestra.wire().get("/health/ready").json().at("kubernetes_rights");
}

bool are(const Orchestra& orchestra, std::string_view state) {
    return rights_of(orchestra).at("state").as_string() == state;
}

TEST(Preflight, NamesTheMissingRightAndTheRuleThatGrantsIt) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.stop();
    orchestra.cluster.deny("create");
    orchestra.cluster.deny("list");
    orchestra.start();

    ASSERT_TRUE(eventually([&] { return are(orchestra, "missing"); }));
    EXPECT_EQ(rights_of(orchestra), json::parse(R"({"state":"missing",
                              "missing":["list cronjobs.batch in namespace dsm",
                                         "create cronjobs.batch in namespace dsm"],
                              "rules_to_add":"- {apiGroups: [\"batch\"], resources: [\"cronjobs\"], verbs: [\"list\", \"create\"]}"})"));
    EXPECT_EQ(orchestra.wire().get("/health/ready").status, 200);
}

TEST(Preflight, AMissingRightStopsOnlyWhatNeedsIt) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.cluster.deny("create");
    const json::value refused = orchestra.post().json();

    EXPECT_EQ(refused.at("decisions").at("cronjob_created"), false);
    EXPECT_NE(json::serialize(refused.at("decisions").at("warnings"))
                  .find("not allowed to create cronjobs.batch in namespace dsm"),
              std::string::npos);
    EXPECT_EQ(orchestra.cluster.size(), 0U);

    orchestra.cluster.grant_everything();
    const json::value healed = orchestra.post().json();
    EXPECT_EQ(healed.at("cronjob_name"), kCronJob);
    orchestra.cluster.deny("create");
    EXPECT_TRUE(orchestra.post().json().at("actions_taken").as_array().empty());
}

TEST(Preflight, SeesWithoutARestartThatARightWasGranted) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.stop();
    orchestra.cluster.deny("delete");
    orchestra.start();
    ASSERT_TRUE(eventually([&] { return are(orchestra, "missing"); }));

    orchestra.cluster.grant_everything();

    EXPECT_TRUE(eventually([&] { return are(orchestra, "granted"); }, std::chrono::seconds(10)));
}

TEST(Preflight, TakesNoAnswerForNeitherYesNorNo) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.stop();
    orchestra.cluster.server.add({.method = "POST",
                                  .path_contains = "selfsubjectaccessreviews",
                                  .status = 403,
                                  .body = status_body(403, "Forbidden", "no reviews for you")});
    orchestra.start();

    ASSERT_TRUE(eventually([&] { return rights_of(orchestra).as_object().contains("why"); }));
    EXPECT_EQ(rights_of(orchestra).at("state"), "unknown");
    EXPECT_TRUE(rights_of(orchestra).at("missing").as_array().empty());
    EXPECT_EQ(orchestra.post().json().at("cronjob_name"), kCronJob);
}

}  // namespace
}  // namespace dsm::orchestrator::testing

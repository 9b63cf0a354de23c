// A cluster that refuses, does not answer, or answers nonsense: contract section 2.2, and the
// mistakes of section 11 about it.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

#include "services/orchestrator/core/cronjob_object.hpp"
#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;

std::string reason_of_last_decision(const Orchestra& orchestra) {
    const json::value decisions = orchestra.wire().get("/decisions?project_id=P1&limit=1").json();
    return std::string(decisions.at(0).at("reason_code").as_string());
}

std::string warnings_of(const json::value& body) {
    return json::serialize(body.at("decisions").at("warnings"));
}

/// K cannot be known: nothing is created, and it is no error.
void expect_blocked(Orchestra& orchestra, const std::string& why) {
    const auto reply = orchestra.post();
    ASSERT_EQ(reply.status, 200) << reply.body;
    const json::value body = reply.json();
    EXPECT_EQ(body.at("decisions").at("reasoning"),
              "Active sprint P1-S02 found, but the state of its CronJob is unknown. No action "
              "taken.");
    EXPECT_EQ(body.at("decisions").at("cronjob_created"), false);
    EXPECT_TRUE(body.at("actions_taken").as_array().empty());
    EXPECT_NE(warnings_of(body).find("CronJob state is unknown: "), std::string::npos);
    EXPECT_NE(warnings_of(body).find(why), std::string::npos) << warnings_of(body);
    EXPECT_EQ(orchestra.cluster.size(), 0U);
    EXPECT_EQ(orchestra.cluster.server.count("POST /apis/batch"), 0U);
    EXPECT_EQ(reason_of_last_decision(orchestra), "cronjob_unknown");
}

TEST(Mistake9, AForbiddenCheckIsUnknownAndNamesTheMissingRight) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.cluster.server.add(
        {.method = "GET",
         .path_contains = "/cronjobs",
         .status = 403,
         .body = status_body(403, "Forbidden", "cronjobs.batch is forbidden: secret-header")});

    expect_blocked(orchestra, "not allowed to get cronjobs.batch in namespace dsm");
}

TEST(UnknownCronJob, NonsenseProvesNothing) {
    struct Row {
        const char* sentence;
        int status;
        std::string body;
    };
    const Row rows[] = {
        {"a page instead of an object", 200, "<html>hello</html>"},
        {"an object of another kind", 200, R"({"kind":"Pod","metadata":{"name":"x"}})"},
        {"a 404 of somebody in between", 404, "<html>not here</html>"},
        {"an error of the API server", 500, status_body(500, "InternalError", "etcd is away")},
        {"not logged in", 401, status_body(401, "Unauthorized", "Unauthorized")},
    };

    for (const Row& row : rows) {
        SCOPED_TRACE(row.sentence);
        Orchestra orchestra(workspace_in_sprint());
        orchestra.cluster.server.add({.method = "GET",
                                      .path_contains = "/cronjobs",
                                      .status = row.status,
                                      .body = row.body});
        expect_blocked(orchestra, "");
    }
}

TEST(Mistake10, AClusterThatHangsIsUnknownWithinItsTimeout) {
    Orchestra orchestra(workspace_in_sprint(), kSoon);
    orchestra.cluster.server.add(
        {.method = "GET", .path_contains = "/cronjobs", .delay = std::chrono::hours(1)});

    expect_blocked(orchestra, "");
}

TEST(UnknownCronJob, AClusterThatIsGoneIsUnknown) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.cluster.server.stop();

    expect_blocked(orchestra, "");
}

TEST(RefusedCronJob, IsToldAndTheNextRequestTriesAgain) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.cluster.server.add({.method = "POST",
                                  .path_contains = "/cronjobs",
                                  .times = 1,
                                  .status = 422,
                                  .body = status_body(422, "Invalid", "spec.schedule: bad")});
    const json::value refused = orchestra.post().json();
    const std::string reason = reason_of_last_decision(orchestra);
    const json::value healed = orchestra.post().json();

    EXPECT_EQ(refused.at("decisions").at("cronjob_created"), false);
    EXPECT_EQ(refused.at("decisions").at("sprint_name"), "P1-S02");
    EXPECT_TRUE(refused.at("cronjob_name").is_null());
    EXPECT_EQ(refused.at("actions_taken").at(0), "Failed to create cronjob for sprint P1-S02");
    EXPECT_EQ(warnings_of(refused),
              R"(["Failed to create CronJob for sprint P1-S02: Invalid: spec.schedule: bad"])");
    EXPECT_EQ(reason, "create_refused");
    EXPECT_EQ(healed.at("cronjob_name"), kCronJob);
}

TEST(RefusedCronJob, AForbiddenCreationNamesTheMissingRight) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.cluster.server.add({.method = "POST",
                                  .path_contains = "/cronjobs",
                                  .status = 403,
                                  .body = status_body(403, "Forbidden", "no")});

    EXPECT_NE(warnings_of(orchestra.post().json())
                  .find("not allowed to create cronjobs.batch in namespace dsm"),
              std::string::npos);
}

TEST(Mistake1, ASprintWhoseCronJobFailedIsHealedByTheNextRequest) {
    Orchestra orchestra(small_workspace(4));
    orchestra.cluster.server.add({.method = "POST",
                                  .path_contains = "/cronjobs",
                                  .times = 1,
                                  .status = 403,
                                  .body = status_body(403, "Forbidden", "")});
    const json::value created = orchestra.post().json();
    const json::value healed = orchestra.post().json();

    EXPECT_EQ(created.at("sprint_id"), "P1-S01");
    EXPECT_EQ(created.at("decisions").at("create_new_sprint"), true);
    EXPECT_EQ(created.at("decisions").at("cronjob_created"), false);
    EXPECT_EQ(created.at("actions_taken").at(2), "Failed to create cronjob for sprint P1-S01");
    EXPECT_EQ(healed.at("cronjob_name"), "run-dailyscrum-p1-p1-s01");
    EXPECT_TRUE(healed.at("sprint_id").is_null());
}

TEST(CreateOutcome, AnAnswerThatWasLostIsReadBack) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.cluster.server.add(
        {.method = "POST", .path_contains = "/cronjobs", .times = 1, .drop_reply = true});
    const json::value body = orchestra.post().json();

    EXPECT_EQ(body.at("cronjob_name"), kCronJob);
    EXPECT_EQ(body.at("decisions").at("cronjob_created"), true);
    EXPECT_EQ(warnings_of(body), "[]");
    EXPECT_EQ(orchestra.cluster.server.count("POST /apis/batch"), 1U);
}

TEST(CreateOutcome, OneThatStaysUnknownIsSaidAndTheNextRequestLooksFirst) {
    Orchestra orchestra(workspace_in_sprint(), kSoon);
    orchestra.cluster.server.add({.method = "POST",
                                  .path_contains = "/cronjobs",
                                  .times = 1,
                                  .delay = std::chrono::hours(1),
                                  .status = 503});
    const json::value unknown = orchestra.post().json();
    const std::string reason = reason_of_last_decision(orchestra);
    const json::value healed = orchestra.post().json();

    EXPECT_EQ(unknown.at("decisions").at("cronjob_created"), false);
    EXPECT_NE(warnings_of(unknown).find("outcome unknown: "), std::string::npos);
    EXPECT_EQ(unknown.at("actions_taken").at(0), "Failed to create cronjob for sprint P1-S02");
    EXPECT_EQ(reason, "create_unknown");
    EXPECT_EQ(healed.at("cronjob_name"), kCronJob);
}

TEST(CreateOutcome, OneThatStaysUnknownLeavesNoCronJobThatDiffers) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.cluster.server.add(
        {.method = "POST", .path_contains = "/cronjobs", .times = 1, .drop_reply = true});
    orchestra.cluster.server.add({.method = "GET",
                                  .path_contains = kCronJob,
                                  .times = 1,
                                  .status = 404,
                                  .body = status_body(404, "NotFound", "not found", kCronJob)});
    orchestra.cluster.server.add(
        {.method = "GET", .path_contains = kCronJob, .times = 1, .status = 500});
    orchestra.post({{"options", {{"schedule", "0 9 * * 1"}}}});
    const std::string reason = reason_of_last_decision(orchestra);
    const json::value found = orchestra.post().json();

    EXPECT_EQ(reason, "create_unknown");
    EXPECT_EQ(orchestra.cluster.find(kCronJob)->at("spec").at("schedule"), "0 9 * * 1");
    EXPECT_EQ(warnings_of(found), "[]");
    EXPECT_EQ(reason_of_last_decision(orchestra), "cronjob_present");
}

/// The cluster says that the CronJob is missing, and a moment later somebody else has made it.
void lose_the_race(Orchestra& orchestra) {
    orchestra.post();
    orchestra.cluster.server.add({.method = "GET",
                                  .path_contains = kCronJob,
                                  .times = 1,
                                  .status = 404,
                                  .body = status_body(404, "NotFound", "not found", kCronJob)});
}

TEST(Mistake3, WhoComesSecondFindsAndDoesNotFail) {
    Orchestra orchestra(workspace_in_sprint());
    lose_the_race(orchestra);
    const json::value body = orchestra.post().json();

    EXPECT_EQ(body.at("decisions").at("reasoning"),
              "Active sprint P1-S02 found with an existing CronJob. No action needed.");
    EXPECT_EQ(body.at("decisions").at("cronjob_created"), false);
    EXPECT_TRUE(body.at("decisions").at("sprint_name").is_null());
    EXPECT_TRUE(body.at("actions_taken").as_array().empty());
    EXPECT_EQ(warnings_of(body), "[]");
    EXPECT_EQ(reason_of_last_decision(orchestra), "cronjob_present");
}

TEST(Mistake3, WhatComesSecondIsJudgedAsAnyOther) {
    Orchestra orchestra(workspace_in_sprint());
    lose_the_race(orchestra);
    orchestra.cluster.edit(kCronJob, [](json::value& o) { o.at("spec").at("suspend") = true; });
    const json::value body = orchestra.post().json();

    EXPECT_EQ(warnings_of(body),
              json::serialize(json::array{fmt::format("CronJob {} is suspended.", kCronJob)}));
}

TEST(Mistake11, ASuspendedCronJobOfASprintJustCreatedIsSaid) {
    constexpr const char* kFirst = "run-dailyscrum-p1-p1-s01";
    Orchestra before(small_workspace(4));
    before.post();
    json::object left_over = *before.cluster.find(kFirst);
    left_over["spec"].as_object()["suspend"] = true;
    left_over["spec"].as_object()["schedule"] = "0 3 * * *";
    Orchestra orchestra(small_workspace(4));
    orchestra.cluster.put(left_over);
    const json::value body = orchestra.post().json();

    EXPECT_EQ(body.at("sprint_id"), "P1-S01");
    EXPECT_EQ(body.at("decisions").at("cronjob_created"), false);
    EXPECT_EQ(
        warnings_of(body),
        json::serialize(json::array{
            fmt::format("CronJob {} is suspended.", kFirst),
            fmt::format("CronJob {} differs from its specification: spec.schedule.", kFirst)}));
}

/// What goes on beside the decisions: the watch, the preflight, and the recovery's list at start.
bool is_in_the_background(const std::string& line) {
    return line == "GET /health" || line == "GET /version" ||
           line.ends_with("/selfsubjectaccessreviews") ||
           line.find("/cronjobs?limit=") != std::string::npos;
}

/// What the world was asked for a decision, in order of arrival.
std::vector<std::string> asked_in_order(const Orchestra& orchestra) {
    std::map<std::uint64_t, std::string> by_arrival;
    for (const FakeServer* server :
         {&orchestra.world.project, &orchestra.world.backlog, &orchestra.world.sprint,
          &orchestra.chronicle.server, &orchestra.cluster.server}) {
        for (auto& arrival : server->arrivals()) by_arrival.insert(std::move(arrival));
    }
    std::vector<std::string> lines;
    for (auto& [number, line] : by_arrival) {
        if (!is_in_the_background(line)) lines.push_back(std::move(line));
    }
    return lines;
}

TEST(Mistake4, NothingLiesBetweenTheCheckAndTheCreation) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.post();

    const auto asked = asked_in_order(orchestra);
    const auto created = std::ranges::find_if(
        asked, [](const std::string& line) { return line.starts_with("POST /apis/batch/v1/"); });
    ASSERT_NE(created, asked.end());
    ASSERT_GT(created - asked.begin(), 4) << "the reads of the decision are in the log too";
    EXPECT_TRUE(std::prev(created)->starts_with("GET ")) << *std::prev(created);
    EXPECT_TRUE(std::prev(created)->ends_with(kCronJob)) << *std::prev(created);
}

TEST(Mistake6, TheNamespaceIsTheSettingsEverywhere) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.stop();
    const std::size_t before = orchestra.cluster.server.seen().size();
    orchestra.config.name_space = "team-a";
    orchestra.cluster.have_namespace("team-a");
    orchestra.start();
    orchestra.post();

    const auto seen = orchestra.cluster.server.seen();
    ASSERT_GT(seen.size(), before);
    for (const std::string& line : std::vector(seen.begin() + before, seen.end())) {
        EXPECT_EQ(line.find("/namespaces/dsm/"), std::string::npos) << line;
    }
    const auto found = orchestra.cluster.find(kCronJob);
    ASSERT_TRUE(found.has_value());
    const json::value object = *found;
    EXPECT_EQ(object.at_pointer("/metadata/namespace"), "team-a");
    EXPECT_EQ(object.at_pointer("/spec/jobTemplate/spec/template/spec/containers/0/env/3/value"),
              "http://sprint-service.team-a.svc.cluster.local");
}

}  // namespace
}  // namespace dsm::orchestrator::testing

// The paths of contract section 2.2, at the wire.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;

json::value value_at(const json::value& body, const char* pointer) {
    return body.at_pointer(pointer);
}

TEST(Recorded, AMissingCronJobIsAnsweredAsItWasRecorded) {
    const json::value recorded = fixture("recorded-missing-cronjob");
    Orchestra orchestra(recorded);
    const auto reply = orchestra.post(recorded.at("request").at("body"),
                                      recorded.at("request").at("path").as_string());

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json(), recorded.at("response"));
    EXPECT_TRUE(orchestra.cluster.find("run-dailyscrum-test-001-test-001-s12"));
}

TEST(Recorded, AnExistingCronJobIsAnsweredAsItWasRecorded) {
    const json::value recorded = fixture("recorded-existing-cronjob");
    Orchestra orchestra(recorded);
    const auto imported =
        orchestra.wire().post("/workspace/cronjobs", {{"names", recorded.at("cronjobs")}});
    ASSERT_EQ(imported.status, 200) << imported.body;
    const auto reply = orchestra.post(recorded.at("request").at("body"),
                                      recorded.at("request").at("path").as_string());

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json(), recorded.at("response"));
    EXPECT_EQ(orchestra.cluster.size(), 1U);
}

TEST(Heal, RecreatesTheCronJobOnceAndThenFindsIt) {
    Orchestra orchestra(workspace_in_sprint());
    const auto healed = orchestra.post();
    const auto found = orchestra.post();

    EXPECT_EQ(value_at(healed.json(), "/cronjob_name"), kCronJob);
    EXPECT_EQ(value_at(healed.json(), "/actions_taken/0"),
              fmt::format("Created cronjob {}", kCronJob).c_str());
    EXPECT_EQ(value_at(healed.json(), "/decisions/sprint_name"), "P1-S02");
    EXPECT_TRUE(value_at(healed.json(), "/sprint_id").is_null());
    EXPECT_EQ(value_at(found.json(), "/decisions/cronjob_created"), false);
    EXPECT_EQ(value_at(found.json(), "/decisions/reasoning"),
              "Active sprint P1-S02 found with an existing CronJob. No action needed.");
    EXPECT_TRUE(value_at(found.json(), "/cronjob_name").is_null());
    orchestra.cluster.erase(kCronJob);
    EXPECT_EQ(value_at(orchestra.post().json(), "/cronjob_name"), kCronJob);
}

TEST(Heal, TheObjectCarriesTheDecisionThatMadeIt) {
    Orchestra orchestra(workspace_in_sprint());
    const auto reply = orchestra.post();

    const json::value object = *orchestra.cluster.find(kCronJob);
    EXPECT_EQ(value_at(object, "/metadata/annotations/dsm.agile-corp.org~1decision-id"),
              json::string(*reply.headers.find("X-Decision-ID")));
}

TEST(Create, PlansTheFirstSprintWithItsCronJob) {
    Orchestra orchestra(small_workspace(4));
    const json::value body = orchestra.post({{"options", {{"max_tasks_per_sprint", 3}}}}).json();

    EXPECT_EQ(value_at(body, "/sprint_id"), "P1-S01");
    EXPECT_EQ(value_at(body, "/decisions/tasks_to_assign"), 3);
    EXPECT_EQ(json::serialize(value_at(body, "/actions_taken")),
              R"(["Created new sprint P1-S01","Assigned 3 tasks to sprint",)"
              R"("Created cronjob run-dailyscrum-p1-p1-s01"])");
    EXPECT_TRUE(value_at(body, "/analysis/current_active_sprint").is_null());
    EXPECT_TRUE(orchestra.cluster.find("run-dailyscrum-p1-p1-s01"));
}

TEST(Create, AssignsTheTasksToPeopleOnlyWhenAsked) {
    for (const bool wanted : {true, false}) {
        Orchestra orchestra(small_workspace(1));
        orchestra.post({{"options", {{"assign_tasks", wanted}}}});

        EXPECT_EQ(orchestra.world.assignee_of("P1-TASK001"), wanted ? "E1" : "") << wanted;
    }
}

TEST(Create, WithoutACronJobWhenNoneIsWanted) {
    Orchestra orchestra(small_workspace(4));
    const json::value body = orchestra.post({{"options", {{"create_cronjob", false}}}}).json();

    EXPECT_EQ(value_at(body, "/decisions/cronjob_created"), false);
    EXPECT_TRUE(value_at(body, "/cronjob_name").is_null());
    EXPECT_EQ(orchestra.cluster.size(), 0U);
}

TEST(Maintenance, NothingIsDoneWithoutTasksOrWithoutLeave) {
    Orchestra empty(small_workspace(0));
    Orchestra disabled(small_workspace(4));
    const json::value without_tasks = empty.post().json();
    const json::value without_leave =
        disabled.post({{"options", {{"create_sprint_if_needed", "no"}}}}).json();

    for (const json::value& body : {without_tasks, without_leave}) {
        EXPECT_EQ(value_at(body, "/decisions/reasoning"),
                  "No specific actions required based on current state and options.");
        EXPECT_TRUE(value_at(body, "/actions_taken").as_array().empty());
        EXPECT_TRUE(value_at(body, "/decisions/sprint_name").is_null());
    }
    EXPECT_EQ(disabled.world.sprint.count("POST"), 0U);
}

TEST(Monitor, SaysWhatIsWrongWithAnObjectAndDoesNotWriteToIt) {
    struct Row {
        const char* sentence;
        std::function<void(json::value&)> change;
        std::string warning;
    };
    const Row rows[] = {
        {"suspended", [](json::value& o) { o.at("spec").at("suspend") = true; },
         fmt::format("CronJob {} is suspended.", kCronJob)},
        {"another schedule", [](json::value& o) { o.at("spec").at("schedule") = "1 1 * * *"; },
         fmt::format("CronJob {} differs from its specification: spec.schedule.", kCronJob)},
        {"somebody else's", [](json::value& o) { o.at("metadata").at("labels") = json::object(); },
         fmt::format("CronJob {} is not managed by DSM.", kCronJob)},
    };

    for (const Row& row : rows) {
        Orchestra orchestra(workspace_in_sprint());
        orchestra.post();
        orchestra.cluster.edit(kCronJob, row.change);
        const json::object before = *orchestra.cluster.find(kCronJob);
        const json::value body = orchestra.post().json();
        EXPECT_EQ(json::serialize(value_at(body, "/decisions/warnings")),
                  json::serialize(json::array{row.warning}))
            << row.sentence;
        EXPECT_EQ(value_at(body, "/decisions/reasoning"),
                  "Active sprint P1-S02 found with an existing CronJob that needs attention.");
        EXPECT_EQ(*orchestra.cluster.find(kCronJob), before) << row.sentence;
    }
}

TEST(Schedule, OfARequestIsUsedForWhatItCreatesAndRemembered) {
    Orchestra orchestra(workspace_in_sprint());
    const json::value options{{"options", {{"schedule", "30 9 * * 1-5"}}}};
    const auto schedule = [&] {
        const json::value object = *orchestra.cluster.find(kCronJob);
        return value_at(object, "/spec/schedule");
    };
    orchestra.post(options);
    EXPECT_EQ(schedule(), "30 9 * * 1-5");

    orchestra.cluster.erase(kCronJob);
    orchestra.post();
    EXPECT_EQ(schedule(), "30 9 * * 1-5") << "a heal restores what was asked for";
    const json::value other{{"options", {{"schedule", "0 8 * * *"}}}};
    const json::value body = orchestra.post(other).json();
    EXPECT_EQ(schedule(), "30 9 * * 1-5") << "never applied to an existing one";
    EXPECT_TRUE(value_at(body, "/decisions/warnings").as_array().empty());
}

TEST(Explain, AddsOneKeyAndChangesNothingElse) {
    Orchestra orchestra(workspace_in_sprint());
    const auto reply = orchestra.post(json::object(), "/orchestrate/project/P1?explain=true");

    const json::value body = reply.json();
    EXPECT_EQ(value_at(body, "/explanation/path"), "heal");
    EXPECT_EQ(value_at(body, "/explanation/inputs/cronjob/state"), "absent");
    EXPECT_EQ(value_at(body, "/explanation/decision_id"),
              json::string(*reply.headers.find("X-Decision-ID")));
    EXPECT_EQ(body.as_object().size(), 7U);
    EXPECT_EQ(orchestra.cluster.size(), 1U);
}

TEST(DryRun, TellsThePlanAndDoesNothing) {
    Orchestra orchestra(small_workspace(4));
    const auto reply = orchestra.post(json::object(), "/orchestrate/project/P1?dry_run=true");

    const json::value body = reply.json();
    EXPECT_TRUE(value_at(body, "/actions_taken").as_array().empty());
    EXPECT_EQ(value_at(body, "/explanation/plan").as_array().size(), 2U);
    EXPECT_EQ(orchestra.cluster.size(), 0U);
    EXPECT_EQ(orchestra.world.sprint.count("POST"), 0U);
    EXPECT_TRUE(orchestra.wire().get("/decisions").json().as_array().empty());
    EXPECT_TRUE(reply.headers.find("X-Decision-ID"));
}

}  // namespace
}  // namespace dsm::orchestrator::testing

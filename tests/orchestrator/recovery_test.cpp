// What an act leaves behind that was cut off between two of its steps, and how it is made whole.
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <boost/json.hpp>

#include "libs/sql/database.hpp"
#include "services/orchestrator/adapters/decision_database.hpp"
#include "services/orchestrator/core/cronjob_object.hpp"
#include "services/orchestrator/core/naming.hpp"
#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;
using dsm::testing::eventually;
using dsm::testing::WireReply;

constexpr const char* kNewCronJob = "run-dailyscrum-p1-p1-s01";
const std::vector<std::string> kOneSprint{"P1-S01"};

std::string detail_of(const WireReply& reply) {
    return std::string(reply.json().at("detail").as_string());
}

std::string path_of(const json::value& event) {
    return std::string(event.at("orchestration_decision_details").at("path").as_string());
}

bool all_delivered(const Orchestra& orchestra, std::size_t count) {
    return eventually([&] {
        return orchestra.chronicle.notes().size() == count &&
               orchestra.chronicle.audits().size() == count && orchestra.events().size() == count;
    });
}

std::string decision_of(const WireReply& reply) {
    return std::string(*reply.headers.find("X-Decision-ID"));
}

/// The line of the metrics after the first delivery there.
std::string delivered_to(const std::string& destination) {
    return "dsm_outbox_delivered_total{destination=\"" + destination + "\"} 1\n";
}

/// The orchestrator's memory is lost between act and record: a new database, the same world.
void forget_everything(Orchestra& orchestra) {
    orchestra.stop();
    orchestra.config.database.path += ".new";
    orchestra.start();
}

TEST(Intent, ASprintWhoseReplyWasLostIsFoundAndNotCreatedTwice) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST", .times = 1, .drop_reply = true});
    const auto reply = orchestra.post();

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json().at("sprint_id"), "P1-S01");
    EXPECT_EQ(reply.json().at("actions_taken"),
              (json::array{"Created new sprint P1-S01", "Assigned 4 tasks to sprint",
                           std::string("Created cronjob ") + kNewCronJob}));
    EXPECT_EQ(orchestra.world.sprints_of("P1"), kOneSprint);
    ASSERT_TRUE(all_delivered(orchestra, 1));
    EXPECT_EQ(path_of(orchestra.events().at(0)), "create");
}

TEST(Intent, ASprintThatNeverArrivedIsCreatedOnceAfterALook) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST", .times = 1, .status = 503});
    const auto reply = orchestra.post();

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json().at("sprint_id"), "P1-S01");
    EXPECT_EQ(orchestra.world.sprints_of("P1"), kOneSprint);
    ASSERT_TRUE(all_delivered(orchestra, 1));
}

TEST(Intent, OneThatCannotBeSettledYetBlocksItsOwnProjectWithAClear503) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST", .times = 1, .drop_reply = true});
    orchestra.world.sprint.add({.method = "GET", .path_contains = "/task-summary", .status = 500});
    const auto first = orchestra.post();
    const auto second = orchestra.post();
    const auto other = orchestra.post(json::object(), "/orchestrate/project/P2");

    EXPECT_EQ(first.status, 503);
    EXPECT_NE(detail_of(first).find("Sprint P1-S01 may have been created"), std::string::npos);
    EXPECT_EQ(second.status, 503);
    EXPECT_EQ(*second.headers.find("Retry-After"), "2");
    EXPECT_NE(detail_of(second).find("Project P1 waits"), std::string::npos);
    EXPECT_EQ(other.status, 404);
    EXPECT_EQ(orchestra.cluster.size(), 0U);

    orchestra.world.sprint.clear_faults();
    EXPECT_TRUE(all_delivered(orchestra, 1));
    EXPECT_EQ(path_of(orchestra.events().at(0)), "create");
    EXPECT_TRUE(orchestra.cluster.find(kNewCronJob));
    EXPECT_EQ(orchestra.world.sprints_of("P1"), kOneSprint);
}

TEST(Intent, OneThatWasLeftOpenIsFinishedAtStart) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST", .times = 1, .drop_reply = true});
    orchestra.world.sprint.add({.method = "GET", .path_contains = "/task-summary", .status = 500});
    ASSERT_EQ(orchestra.post().status, 503);
    orchestra.stop();
    orchestra.world.sprint.clear_faults();
    orchestra.start();

    ASSERT_TRUE(all_delivered(orchestra, 1));
    EXPECT_TRUE(orchestra.cluster.find(kNewCronJob));
    const json::value next = orchestra.post().json();
    EXPECT_TRUE(next.at("actions_taken").as_array().empty());
}

TEST(Intent, ItsKeyGetsTheAnswerOfTheDecisionThatWasBegun) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST", .times = 1, .drop_reply = true});
    orchestra.world.sprint.add({.method = "GET", .path_contains = "/task-summary", .status = 500});
    ASSERT_EQ(orchestra.post_with_key("k", "{}").status, 503);
    orchestra.world.sprint.clear_faults();
    orchestra.restart();
    const auto retried = orchestra.post_with_key("k", "{}");
    const auto again = orchestra.post_with_key("k", "{}");

    EXPECT_EQ(retried.status, 200);
    EXPECT_EQ(retried.json().at("sprint_id"), "P1-S01");
    EXPECT_EQ(again.body, retried.body);
    EXPECT_EQ(decision_of(again), decision_of(retried));
    EXPECT_TRUE(all_delivered(orchestra, 1));
}

TEST(Intent, OneThatWasRefusedIsClosedAndBlocksNobody) {
    Orchestra orchestra(small_workspace(4));
    orchestra.world.sprint.add({.method = "POST", .times = 1, .status = 409});
    EXPECT_EQ(orchestra.post().status, 409);
    EXPECT_EQ(orchestra.post().status, 200);
    EXPECT_TRUE(all_delivered(orchestra, 1));
}

TEST(Intent, OneThatCannotBeReadIsNamedAndHoldsItsOwnProjectOnly) {
    Orchestra orchestra(small_workspace(4));
    orchestra.stop();
    const auto change = [&](const char* statement) {
        auto store = sql::Database::open(orchestra.config.database, decision_migrations());
        ASSERT_TRUE(store) << store.error().message;
        const auto changed = (*store)->write_now([&](soci::session& session) -> Result<void> {
            session << statement;
            return {};
        });
        ASSERT_TRUE(changed) << changed.error().message;
    };
    change("INSERT INTO intents (decision_id, project_id, document) VALUES ('d-9', 'P1', '{}')");
    orchestra.start();
    const auto blocked = orchestra.post();
    const auto other = orchestra.post(json::object(), "/orchestrate/project/P2");
    const auto planned = orchestra.post(json::object(), "/orchestrate/project/P1?dry_run=true");

    EXPECT_EQ(blocked.status, 503);
    EXPECT_EQ(*blocked.headers.find("Retry-After"), "2");
    EXPECT_EQ(detail_of(blocked),
              "Project P1 waits: the intent of decision d-9 cannot be read by this version");
    EXPECT_EQ(other.status, 404);
    EXPECT_EQ(planned.status, 200);
    EXPECT_EQ(orchestra.world.sprint.count("POST"), 0U);

    orchestra.stop();
    change("DELETE FROM intents WHERE decision_id = 'd-9'");
    orchestra.start();
    EXPECT_EQ(orchestra.post().status, 200);
}

TEST(RecordFromTheObject, IsMadeAtStartAndTellsWhatTheLostOneWouldHaveTold) {
    Orchestra orchestra(workspace_in_sprint());
    const auto healed = orchestra.post();
    ASSERT_TRUE(all_delivered(orchestra, 1));
    forget_everything(orchestra);

    const auto decisions = [&] { return orchestra.wire().get("/decisions?project_id=P1").json(); };
    ASSERT_TRUE(eventually([&] { return decisions().as_array().size() == 1; }));
    EXPECT_EQ(decisions().at(0).at("decision_id"), json::string(decision_of(healed)));
    ASSERT_TRUE(eventually([&] {
        const std::string metrics = orchestra.wire().get("/metrics").body;
        return metrics.contains(delivered_to("chronicle:/v1/notes/decision_audit")) &&
               metrics.contains(delivered_to("chronicle:/v1/notes/daily_scrum_report"));
    }));
    EXPECT_EQ(orchestra.chronicle.notes().size(), 1U);
    EXPECT_EQ(orchestra.chronicle.audits().size(), 1U);
    for (const json::value& event : orchestra.events()) EXPECT_EQ(event, orchestra.events().at(0));
}

TEST(RecordFromTheObject, IsMadeAtTheLookOfAPostBeforeItsOwn) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.post();
    json::object made = *orchestra.cluster.find(kCronJob);
    orchestra.cluster.erase(kCronJob);
    forget_everything(orchestra);
    ASSERT_EQ(orchestra.post().status, 200);  // after this, the scan of the start is over
    orchestra.cluster.erase(kCronJob);
    orchestra.cluster.put(made);
    orchestra.post();

    EXPECT_TRUE(eventually([&] {
        return orchestra.wire().get("/decisions?project_id=P1").json().as_array().size() == 3;
    }));
    const json::value decisions = orchestra.wire().get("/decisions?project_id=P1").json();
    EXPECT_EQ(decisions.at(0).at("path"), "monitor");
    EXPECT_EQ(decisions.at(1).at("made_from"), "cronjob");
}

TEST(RecordFromTheObject, IsNotMadeOfOneThatNobodyDecided) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.cluster.put(cronjob_object(
        {.name_space = "dsm"},
        {.project = ProjectId("P1"), .sprint = SprintId("P1-S02"), .schedule = "0 14 * * 1-5"}));
    orchestra.restart();
    orchestra.post();
    ASSERT_TRUE(all_delivered(orchestra, 1));

    EXPECT_EQ(path_of(orchestra.events().at(0)), "monitor");
}

}  // namespace
}  // namespace dsm::orchestrator::testing

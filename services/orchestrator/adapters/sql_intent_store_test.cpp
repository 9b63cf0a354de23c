#include "services/orchestrator/adapters/sql_intent_store.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <boost/json.hpp>

#include "libs/testing/await.hpp"
#include "libs/testing/fresh_store.hpp"
#include "libs/testing/manual_clock.hpp"
#include "libs/testing/process.hpp"
#include "services/orchestrator/adapters/decision_database.hpp"
#include "services/orchestrator/adapters/intent_document.hpp"
#include "services/orchestrator/adapters/sql_decision_store.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;
using dsm::testing::await;

Undertaking undertaking(std::string id, std::string project) {
    Snapshot s{.project_id = ProjectId(project), .today = *parse_date("2025-08-31")};
    s.options = {.assign_tasks = false, .schedule = "0 9 * * 1", .max_tasks_per_sprint = 3};
    s.project = Known<Project>{{.details = {{"id", project}, {"name", "\u00e4\"\n"}}}};
    s.team_size = Known<std::int64_t>{2};
    Availability availability{.status = "conflict"};
    availability.conflicts = {{"holiday", "2025-09-01", "Labor Day", "US Holiday: Labor Day"}};
    const json::object conflict{{"type", "holiday"},
                                {"date", "2025-09-01"},
                                {"name", "Labor Day"},
                                {"details", "US Holiday: Labor Day"}};
    availability.body = {{"status", "conflict"},
                         {"conflicts", json::array(1, json::value(conflict))}};
    s.availability = Known<Availability>{std::move(availability)};
    s.backlog = Known<BacklogSummary>{
        {.total_tasks = 18, .unassigned_tasks = 10, .status_counts = {{"completed", 2}}}};
    s.sprints = Known<std::vector<Sprint>>{{{.id = SprintId(project + "-S04"),
                                             .project_id = ProjectId(project),
                                             .name = "Fourth",
                                             .status = "completed"}}};
    s.settings = Known<ProjectSettings>{{.time_zone = "Europe/Berlin"}};
    return {.snapshot = std::move(s),
            .stamp = Stamp::of(DecisionId(std::move(id)), "c-1",
                               *parse_rfc3339("2025-08-31T14:05:00.123456Z")),
            .trace = {.correlation_id = "c-1", .traceparent = "00-a-b-01"},
            .explain = Explain::kYes,
            .keys = {{.scope = "POST /x", .key = "k", .body_digest = "d"}}};
}

class SqlIntentStoreTest : public ::testing::Test {
protected:
    SqlIntentStoreTest() {
        auto opened = sql::Database::open(dsm::testing::fresh_store(folder, "orchestrator"),
                                          decision_migrations());
        EXPECT_TRUE(opened);
        database = std::move(*opened);
    }
    std::vector<std::string> open_ids(std::string project = "P") {
        std::vector<std::string> ids;
        for (const auto& each : *await(store.all_open(ProjectId(project), 10))) {
            ids.push_back(each.stamp.decision_id.str());
        }
        return ids;
    }
    std::vector<std::string> projects(std::string after, std::size_t limit) {
        std::vector<std::string> ids;
        for (const auto& each : *await(store.projects(ProjectId(after), limit))) {
            ids.push_back(each.str());
        }
        return ids;
    }

    dsm::testing::TemporaryFolder folder;
    std::unique_ptr<sql::Database> database;
    SqlIntentStore store{database};
};

TEST_F(SqlIntentStoreTest, WhatIsReadBackDecidesAndAnswersAsWhatWasWritten) {
    const Undertaking written = undertaking("d-1", "P");
    ASSERT_TRUE(await(store.open(written)));
    const auto found = await(store.all_open(ProjectId("P"), 10));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1U);
    const Undertaking& read = found->front();

    const auto answer = [](const Undertaking& u) {
        return json::serialize(answer_body(u.snapshot, Performed::nothing_of(decide(u.snapshot))));
    };
    EXPECT_EQ(answer(read), answer(written));
    EXPECT_EQ(decide(read.snapshot).actions, decide(written.snapshot).actions);
    EXPECT_EQ(read.stamp.event_id, written.stamp.event_id);
    EXPECT_EQ(read.stamp.at, written.stamp.at);
    EXPECT_EQ(read.trace.traceparent, "00-a-b-01");
    EXPECT_EQ(read.explain, Explain::kYes);
    EXPECT_EQ(read.keys.at(0).body_digest, "d");
    EXPECT_TRUE(read.intended);
    EXPECT_EQ(intent_document(read), intent_document(written));
}

TEST_F(SqlIntentStoreTest, ListsThoseOfAProjectAndForgetsTheClosed) {
    for (const char* id : {"d-1", "d-2"}) await(store.open(undertaking(id, "P")));
    await(store.open(undertaking("d-3", "Q")));

    EXPECT_EQ(open_ids(), (std::vector<std::string>{"d-1", "d-2"}));
    ASSERT_TRUE(await(store.close(DecisionId("d-1"))));
    ASSERT_TRUE(await(store.close(DecisionId("d-1"))));
    EXPECT_EQ(open_ids(), (std::vector<std::string>{"d-2"}));
    EXPECT_EQ(open_ids("Q"), (std::vector<std::string>{"d-3"}));
}

TEST_F(SqlIntentStoreTest, ListsTheProjectsThatHaveAnyAPageAtATime) {
    int number = 0;
    for (const char* project : {"b", "a", "B", "a", "c"}) {
        await(store.open(undertaking(fmt::format("d-{}", ++number), project)));
    }

    EXPECT_EQ(projects("", 2), (std::vector<std::string>{"B", "a"}));
    EXPECT_EQ(projects("a", 2), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(projects("c", 2), (std::vector<std::string>{}));
}

TEST_F(SqlIntentStoreTest, NamesTheDecisionOfOneThatItCannotRead) {
    ASSERT_TRUE(database->write_now([](soci::session& session) -> Result<void> {
        session << "INSERT INTO intents (decision_id, project_id, document)"
                   " VALUES ('d-9', 'P', '{\"from\":\"a newer version\"}')";
        return {};
    }));

    const auto open = await(store.all_open(ProjectId("P"), 10));
    ASSERT_FALSE(open);
    EXPECT_EQ(open.error(), (Error{ErrorCode::kInvalid,
                                   "the intent of decision d-9 cannot be read by this version"}));
    EXPECT_EQ(projects("", 10), (std::vector<std::string>{"P"}));
}

TEST_F(SqlIntentStoreTest, TheDecisionsRecordEndsItsIntentAndNoOther) {
    const dsm::testing::ManualClock machine{*parse_rfc3339("2026-01-01T00:00:00Z")};
    SqlDecisionStore decisions(database, machine);
    for (const char* id : {"d-1", "d-2"}) await(store.open(undertaking(id, "P")));
    DecisionEntry entry{.id = DecisionId("d-1"), .project = ProjectId("P")};
    entry.settles_intent = true;

    ASSERT_TRUE(await(decisions.record(entry)));
    EXPECT_EQ(open_ids(), (std::vector<std::string>{"d-2"}));
    EXPECT_EQ(*await(decisions.unrecorded({DecisionId("d-1"), DecisionId("d-2")})),
              (std::vector<DecisionId>{DecisionId("d-2")}));
}

TEST(IntentDocument, OneThatCannotBeReadIsNone) {
    for (const char* text : {"", "[]", "{}", R"({"snapshot":{"project_id":7}})"}) {
        EXPECT_FALSE(parse_intent(text)) << text;
    }
}

}  // namespace
}  // namespace dsm::orchestrator

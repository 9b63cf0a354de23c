#include "services/orchestrator/adapters/sql_decision_store.hpp"

#include <gtest/gtest.h>

#include "libs/testing/await.hpp"
#include "libs/testing/fresh_store.hpp"
#include "libs/testing/manual_clock.hpp"
#include "libs/testing/process.hpp"
#include "services/orchestrator/adapters/decision_database.hpp"

namespace dsm::orchestrator {
namespace {

using dsm::testing::await;

class SqlDecisionStoreTest : public ::testing::Test {
protected:
    SqlDecisionStoreTest() {
        auto opened = sql::Database::open(dsm::testing::fresh_store(folder, "orchestrator"),
                                          decision_migrations());
        EXPECT_TRUE(opened);
        database = std::move(*opened);
    }

    DecisionEntry entry(std::string id, std::string project) {
        DecisionEntry made{.id = DecisionId(id), .project = ProjectId(std::move(project))};
        made.document = {{"decision_id", id}};
        made.answer = {.body = "answer " + id, .decision_id = DecisionId(id)};
        return made;
    }

    dsm::testing::TemporaryFolder folder;
    dsm::testing::ManualClock machine{*parse_rfc3339("2026-01-01T00:00:00Z")};
    std::unique_ptr<sql::Database> database;
    SqlDecisionStore store{database, machine};
    const IdempotencyKey key{.scope = "POST /x", .key = "k", .body_digest = "d"};
};

TEST_F(SqlDecisionStoreTest, RemembersTheScheduleOfAProject) {
    EXPECT_EQ(*await(store.settings(ProjectId("P"))), std::nullopt);
    for (const char* schedule : {"0 9 * * *", "0 10 * * *"}) {
        DecisionEntry made = entry(schedule, "P");
        made.schedule_to_remember = schedule;
        ASSERT_TRUE(await(store.record(made)));
    }

    EXPECT_EQ((*await(store.settings(ProjectId("P"))))->schedule, "0 10 * * *");
    EXPECT_EQ(*await(store.settings(ProjectId("p"))), std::nullopt);
}

TEST_F(SqlDecisionStoreTest, KeepsAnAnswerForADayAndNoLonger) {
    DecisionEntry made = entry("d-1", "P");
    made.keys.push_back(key);
    ASSERT_TRUE(await(store.record(made)));

    machine.advance(std::chrono::hours(24) - std::chrono::seconds(1));
    EXPECT_EQ((*await(store.kept(key)))->answer.body, "answer d-1");
    EXPECT_EQ((*await(store.kept(key)))->body_digest, "d");
    machine.advance(std::chrono::seconds(1));
    EXPECT_FALSE(*await(store.kept(key)));
    DecisionEntry later = entry("d-2", "P");
    later.keys.push_back(key);
    ASSERT_TRUE(await(store.record(later)));
    EXPECT_EQ((*await(store.kept(key)))->answer.body, "answer d-2");
}

TEST_F(SqlDecisionStoreTest, ADecisionIsRecordedWholeOrNotAtAll) {
    ASSERT_TRUE(await(store.record(entry("d-1", "P"))));
    DecisionEntry twice = entry("d-1", "P");
    twice.schedule_to_remember = "0 9 * * *";
    twice.keys.push_back(key);

    EXPECT_FALSE(await(store.record(twice)));
    EXPECT_EQ(*await(store.settings(ProjectId("P"))), std::nullopt);
    EXPECT_FALSE(*await(store.kept(key)));
    EXPECT_EQ(await(store.recent(std::nullopt, 10))->size(), 1U);
}

TEST_F(SqlDecisionStoreTest, ListsNewestFirstOfOneProjectOrOfAll) {
    for (const auto& [id, project] : {std::pair{"d-1", "P"}, {"d-2", "Q"}, {"d-3", "P"}}) {
        ASSERT_TRUE(await(store.record(entry(id, project))));
    }

    const auto of_one = *await(store.recent(ProjectId("P"), 10));
    ASSERT_EQ(of_one.size(), 2U);
    EXPECT_EQ(of_one[0].at("decision_id"), "d-3");
    EXPECT_EQ(await(store.recent(std::nullopt, 10))->size(), 3U);
    EXPECT_EQ(await(store.recent(std::nullopt, 1))->front().at("decision_id"), "d-3");
}

}  // namespace
}  // namespace dsm::orchestrator

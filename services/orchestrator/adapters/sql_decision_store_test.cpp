#include "services/orchestrator/adapters/sql_decision_store.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include "libs/testing/await.hpp"
#include "libs/testing/fresh_store.hpp"
#include "libs/testing/manual_clock.hpp"
#include "libs/testing/process.hpp"
#include "services/orchestrator/adapters/decision_database.hpp"
#include "services/orchestrator/app/recorder.hpp"

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

TEST_F(SqlDecisionStoreTest, ForgetsOldAnswersABoundedNumberARecord) {
    DecisionEntry old = entry("d-1", "P");
    for (int i = 0; i < 250; ++i) {
        old.keys.push_back({.scope = "POST /x", .key = fmt::format("old-{}", i)});
    }
    ASSERT_TRUE(await(store.record(old)));
    machine.advance(std::chrono::hours(24));
    DecisionEntry next = entry("d-2", "P");
    next.keys = {key, old.keys[7]};
    ASSERT_TRUE(await(store.record(next)));

    int rows = 0;
    ASSERT_TRUE(database->write_now([&](soci::session& session) -> Result<void> {
        session << "SELECT COUNT(*) FROM kept_answers", soci::into(rows);
        return {};
    }));
    EXPECT_EQ(rows, 151);
    EXPECT_EQ((*await(store.kept(old.keys[7])))->answer.body, "answer d-2");
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

TEST_F(SqlDecisionStoreTest, AKeyThatHasAnAnswerTakesNoSecondDecision) {
    DecisionEntry first = entry("d-1", "P");
    first.keys.push_back(key);
    DecisionEntry second = entry("d-2", "P");
    second.keys = {{.scope = "POST /x", .key = "other", .body_digest = "d"}, key};
    ASSERT_TRUE(await(store.record(first)));

    const auto recorded = await(store.record(second));
    ASSERT_FALSE(recorded);
    EXPECT_EQ(recorded.error().code, ErrorCode::kConflict);
    EXPECT_EQ(await(store.recent(std::nullopt, 10))->size(), 1U);
    EXPECT_FALSE(*await(store.kept(second.keys[0])));
    EXPECT_EQ((*await(store.kept(key)))->answer.body, "answer d-1");
}

/// As after a turn that was lost: both looked before either recorded.
class TwoRecordersTest : public SqlDecisionStoreTest {
protected:
    Outcome<Recorded> record(const std::string& id, std::vector<std::string> keys,
                             bool acted = false, bool only_for_keys = true) {
        Undertaking undertaking{.snapshot = {.project_id = ProjectId("P")},
                                .stamp = Stamp::of(DecisionId(id), "c", machine.wall()),
                                .only_for_keys = only_for_keys};
        for (const std::string& each : keys) {
            undertaking.keys.push_back({.scope = "POST /x", .key = each, .body_digest = "d"});
        }
        Performed performed = Performed::nothing_of(decide(undertaking.snapshot));
        if (acted) performed.actions_taken.push_back("Created cronjob c");
        return await(Recorder(store, "s").record(std::move(undertaking), std::move(performed)));
    }
    std::string decision_of(const std::string& kept_key) {
        const auto kept = await(store.kept({.scope = "POST /x", .key = kept_key}));
        return kept && *kept ? (*kept)->answer.decision_id.str() : "none";
    }
    std::size_t decisions() { return await(store.recent(std::nullopt, 10))->size(); }
};

TEST_F(TwoRecordersTest, OneKeyIsOneDecisionAndOneAnswer) {
    ASSERT_TRUE(record("d-1", {"k"}));
    const auto second = record("d-2", {"k"});

    ASSERT_TRUE(second);
    ASSERT_EQ(second->answered.size(), 1U);
    EXPECT_EQ(second->answered[0].answer->decision_id, DecisionId("d-1"));
    EXPECT_EQ(decisions(), 1U);
}

TEST_F(TwoRecordersTest, WhatWasDoneIsRecordedAllTheSameAndNotUnderTheKey) {
    ASSERT_TRUE(record("d-1", {"k"}));
    const auto second = record("d-2", {"k"}, true);

    ASSERT_TRUE(second);
    EXPECT_EQ(second->answered.at(0).answer->decision_id, DecisionId("d-1"));
    EXPECT_EQ(decision_of("k"), "d-1");
    EXPECT_EQ(decisions(), 2U);
}

TEST_F(TwoRecordersTest, WhoeverElseWaitsGetsTheDecisionThatWasTaken) {
    ASSERT_TRUE(record("d-1", {"k"}));
    const auto second = record("d-2", {"k", "l"});
    const auto third = record("d-3", {"k"}, false, false);

    ASSERT_TRUE(second);
    ASSERT_TRUE(third);
    EXPECT_EQ(second->answer.decision_id, DecisionId("d-2"));
    EXPECT_EQ(third->answer.decision_id, DecisionId("d-3"));
    EXPECT_EQ(decision_of("k"), "d-1");
    EXPECT_EQ(decision_of("l"), "d-2");
    EXPECT_EQ(decisions(), 3U);
}

TEST_F(TwoRecordersTest, ADecisionThatBothFinishedIsOneAndItsKeyHasItsAnswer) {
    ASSERT_TRUE(record("d-1", {"k"}, true));
    const auto second = record("d-1", {"k"}, true);

    ASSERT_TRUE(second);
    EXPECT_EQ(second->answered.at(0).answer->decision_id, DecisionId("d-1"));
    EXPECT_EQ(decisions(), 1U);
}

TEST_F(TwoRecordersTest, ADecisionWithoutAKeyThatSomebodyElseRecordedIsRecorded) {
    ASSERT_TRUE(record("d-1", {}, true, false));
    const auto second = record("d-1", {}, true, false);

    ASSERT_TRUE(second);
    EXPECT_EQ(second->answer.decision_id, DecisionId("d-1"));
    EXPECT_TRUE(second->by_another);
    EXPECT_EQ(decisions(), 1U);
}

TEST_F(TwoRecordersTest, AnotherBodyUnderTheKeyIsRefused) {
    ASSERT_TRUE(record("d-1", {"k"}));
    const auto answered = await(
        Recorder(store, "s").answered({{.scope = "POST /x", .key = "k", .body_digest = "e"}}));

    ASSERT_TRUE(answered);
    ASSERT_FALSE(answered->at(0).answer);
    EXPECT_EQ(answered->at(0).answer.error().status, 422);
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

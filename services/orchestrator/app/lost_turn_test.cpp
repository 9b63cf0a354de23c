// What is still done when a project's turn is lost: nothing.
#include <gtest/gtest.h>

#include "libs/testing/await.hpp"
#include "services/orchestrator/app/performer.hpp"
#include "services/orchestrator/app/turns_test.hpp"

namespace dsm::orchestrator {
namespace {

using namespace std::chrono_literals;
using dsm::testing::await;

/// Starts what it is asked to, and may lose the turn while it does.
class Sprints final : public SprintDirectory {
public:
    explicit Sprints(FakeTurns& turns) : turns_(turns) {}

    Awaited<Outcome<std::vector<Sprint>>> of_project(ProjectId, Call) override {
        co_return std::vector<Sprint>{};
    }
    Awaited<Outcome<StartedSprint>> start(ProjectId, CreateSprint plan, Call) override {
        started.push_back(plan.name);
        turns_.lost = loses_turn;
        co_return StartedSprint{.id = SprintId("P-S01")};
    }
    Awaited<Outcome<std::int64_t>> task_count(SprintId, Call) override { co_return 0; }
    Awaited<Outcome<SprintPage>> active(std::string, Call) override { co_return SprintPage{}; }

    bool loses_turn = false;
    std::vector<std::string> started;

private:
    FakeTurns& turns_;
};

class Cluster final : public CronJobs {
public:
    explicit Cluster(FakeTurns& turns) : turns_(turns) {}

    Awaited<kube::GetOutcome> get(std::string, Call) override { co_return kube::Absent{}; }
    Awaited<kube::ListOutcome> list(std::string, Call) override { co_return kube::Listed{}; }
    Awaited<kube::PageOutcome> page(std::string, std::string, Call) override {
        co_return kube::ListedPage{};
    }
    Awaited<kube::CreateOutcome> create(boost::json::object object, Call) override {
        created.push_back(object);
        if (cut_off) {
            turns_.lost = loses_turn;
            co_return kube::Unknown{.why = "cut off"};
        }
        co_return kube::Created{.object = std::move(object)};
    }
    Awaited<kube::DeleteOutcome> remove(std::string, std::string, Call) override {
        co_return kube::Absent{};
    }

    bool cut_off = false;  ///< what becomes of a CronJob is not known
    bool loses_turn = false;
    std::vector<boost::json::object> created;

private:
    FakeTurns& turns_;
};

class LostTurnTest : public ::testing::Test {
protected:
    /// A plan for a sprint and its CronJob.
    Outcome<Performed> perform() {
        Undertaking undertaking{.snapshot = {.project_id = ProjectId("P")},
                                .stamp = Stamp::of(DecisionId("d"), "c", clock.wall())};
        Performed plan = Performed::nothing_of(decide(undertaking.snapshot));
        plan.base.actions = {CreateSprint{.name = "P-S01"}, CreateCronJob{.schedule = "0 9 * * *"}};
        const auto deadline = rt::Deadline::after(clock, 1h);
        const Call call{.deadline = deadline, .turn = *await(turns.take(ProjectId("P"), deadline))};
        Performer performer(sprints, keeper);
        return await(performer.perform(undertaking, std::move(plan), call));
    }

    rt::SystemClock clock;
    FakeTurns turns;
    Sprints sprints{turns};
    Cluster cluster{turns};
    CronJobKeeper keeper{cluster, {}};
};

TEST_F(LostTurnTest, WithTheTurnBothAreMade) {
    EXPECT_TRUE(perform());
    EXPECT_EQ(sprints.started.size(), 1U);
    EXPECT_EQ(cluster.created.size(), 1U);
}

TEST_F(LostTurnTest, WithoutItNothingIsBegun) {
    turns.lost = true;
    const auto performed = perform();

    ASSERT_FALSE(performed);
    EXPECT_EQ(performed.error().status, 503);
    EXPECT_TRUE(performed.error().detail.ends_with("Done: nothing.")) << performed.error().detail;
    EXPECT_TRUE(sprints.started.empty());
    EXPECT_TRUE(cluster.created.empty());
}

TEST_F(LostTurnTest, AnUnknownOutcomeIsOneWithTheTurnAndLeftToTheNextLookWithoutIt) {
    cluster.cut_off = true;
    const auto known = perform();
    cluster.loses_turn = true;
    const auto left_open = perform();

    ASSERT_TRUE(known);
    EXPECT_EQ(known->reason, Reason::kCreateUnknown);
    ASSERT_FALSE(left_open);
    EXPECT_TRUE(left_open.error().maybe_done);
    EXPECT_NE(left_open.error().detail.find("-s01 may have been created. Done: Created new"),
              std::string::npos)
        << left_open.error().detail;
    EXPECT_EQ(left_open.error().detail.find("Failed"), std::string::npos);
}

TEST_F(LostTurnTest, LostBetweenTwoActsTheSecondIsNotDoneAndTheFirstIsSaid) {
    sprints.loses_turn = true;
    const auto performed = perform();

    ASSERT_FALSE(performed);
    EXPECT_NE(performed.error().detail.find("Done: Created new sprint P-S01"), std::string::npos);
    EXPECT_EQ(sprints.started.size(), 1U);
    EXPECT_TRUE(cluster.created.empty());
}

}  // namespace
}  // namespace dsm::orchestrator

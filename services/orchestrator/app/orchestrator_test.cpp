#include "services/orchestrator/app/orchestrator.hpp"

#include <gtest/gtest.h>

#include "libs/testing/await.hpp"
#include "services/orchestrator/app/turns_test.hpp"

namespace dsm::orchestrator {
namespace {

using namespace std::chrono_literals;
using dsm::testing::await;

/// A project with nothing in it.
class EmptyWorld final : public ProjectDirectory, public Backlog, public SprintDirectory {
public:
    Awaited<Outcome<Project>> project(ProjectId, Call) override { co_return Project{}; }
    Awaited<Outcome<std::int64_t>> team_size(ProjectId, Call) override { co_return 0; }
    Awaited<Outcome<Availability>> availability(ProjectId, Date, Date, Call) override {
        co_return Availability{.status = "ok"};
    }
    Awaited<Outcome<BacklogSummary>> summary(ProjectId, Call) override {
        co_return BacklogSummary{};
    }
    Awaited<Outcome<std::vector<Sprint>>> of_project(ProjectId, Call) override {
        co_return std::vector<Sprint>{};
    }
    Awaited<Outcome<StartedSprint>> start(ProjectId, CreateSprint, Call) override {
        co_return failed(500, "not expected");
    }
    Awaited<Outcome<std::int64_t>> task_count(SprintId, Call) override { co_return 0; }
    Awaited<Outcome<SprintPage>> active(std::string, Call) override { co_return SprintPage{}; }
};

class NoCluster final : public CronJobs {
public:
    Awaited<kube::GetOutcome> get(std::string, Call) override { co_return kube::Absent{}; }
    Awaited<kube::ListOutcome> list(std::string, Call) override { co_return kube::Listed{}; }
    Awaited<kube::PageOutcome> page(std::string, std::string, Call) override {
        co_return kube::ListedPage{};
    }
    Awaited<kube::CreateOutcome> create(boost::json::object, Call) override {
        co_return kube::AlreadyExists{};
    }
    Awaited<kube::DeleteOutcome> remove(std::string, std::string, Call) override {
        co_return kube::Absent{};
    }
};

/// A database whose commits fail with `code`.
class FailingStore final : public DecisionStore {
public:
    explicit FailingStore(ErrorCode code) : code_(code) {}

    Awaited<Result<std::optional<ProjectSettings>>> settings(ProjectId) override {
        co_return std::nullopt;
    }
    Awaited<Result<void>> record(DecisionEntry) override { co_return fail(code_, "no answer"); }
    Awaited<Result<std::vector<DecisionId>>> unrecorded(std::vector<DecisionId>) override {
        co_return std::vector<DecisionId>{};
    }
    Awaited<Result<std::optional<KeptAnswer>>> kept(IdempotencyKey) override {
        co_return std::nullopt;
    }
    Awaited<Result<std::vector<boost::json::object>>> recent(std::optional<ProjectId>,
                                                             std::size_t) override {
        co_return std::vector<boost::json::object>{};
    }

private:
    ErrorCode code_;
};

class NoIntents final : public IntentStore {
public:
    Awaited<Result<void>> open(Undertaking) override { co_return Result<void>{}; }
    Awaited<Result<std::vector<Undertaking>>> all_open(ProjectId, std::size_t) override {
        co_return std::vector<Undertaking>{};
    }
    Awaited<Result<std::vector<ProjectId>>> projects(ProjectId, std::size_t) override {
        co_return std::vector<ProjectId>{};
    }
    Awaited<Result<void>> close(DecisionId) override { co_return Result<void>{}; }
};

Failure failure_of_a_commit_that(ErrorCode code) {
    const rt::SystemClock clock;
    const auto random = rt::make_seeded_random(1);
    EmptyWorld world;
    NoCluster cluster;
    FailingStore store(code);
    CronJobKeeper keeper(cluster, {});
    ProjectAnalyzer analyzer(world, world, world, keeper, store, clock);
    NoIntents intents;
    Performer performer(world, keeper);
    Recorder recorder(store, "s");
    Settler settler(analyzer, world, cluster, performer, recorder, store, intents, clock);
    Orchestrator orchestrator(analyzer, performer, recorder, settler, intents, clock, *random);
    const Call call{.deadline = rt::Deadline::after(clock, 1h)};
    return await(orchestrator.orchestrate({.project = ProjectId("P")}, {}, call)).answer.error();
}

TEST(Orchestrator, SaysThatADecisionWasNotRecorded) {
    const Failure failure = failure_of_a_commit_that(ErrorCode::kUnavailable);

    EXPECT_EQ(failure.status, 503);
    EXPECT_EQ(failure.detail, "The decision could not be recorded. Done: nothing.");
}

TEST(Orchestrator, DoesNotClaimToKnowTheFateOfACommitWhoseAnswerWasLost) {
    const Failure failure = failure_of_a_commit_that(ErrorCode::kUnknown);

    EXPECT_EQ(failure.status, 503);
    EXPECT_EQ(failure.detail, "The decision may not have been recorded. Done: nothing.");
}

}  // namespace
}  // namespace dsm::orchestrator

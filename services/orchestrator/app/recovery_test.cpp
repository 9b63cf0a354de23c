// Which projects the recovery has settled, and how often it tries.
#include "services/orchestrator/app/recovery.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "libs/rt/task_scope.hpp"

namespace dsm::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Projects with an open intent; what is settled is open no more.
class OpenIntents final : public IntentStore {
public:
    Awaited<Result<void>> open(Undertaking) override { co_return Result<void>{}; }
    Awaited<Result<std::vector<Undertaking>>> all_open(ProjectId, std::size_t) override {
        co_return std::vector<Undertaking>{};
    }
    Awaited<Result<std::vector<ProjectId>>> projects(ProjectId after, std::size_t limit) override {
        if (gone) co_return fail(ErrorCode::kUnavailable, "no database");
        std::vector<ProjectId> page;
        for (auto next = of.upper_bound(after); next != of.end() && page.size() < limit; ++next) {
            page.push_back(*next);
        }
        co_return page;
    }
    Awaited<Result<void>> close(DecisionId) override { co_return Result<void>{}; }

    std::set<ProjectId> of;
    bool gone = false;
};

class NoDecisions final : public DecisionStore {
public:
    Awaited<Result<std::optional<ProjectSettings>>> settings(ProjectId) override {
        co_return std::nullopt;
    }
    Awaited<Result<void>> record(DecisionEntry) override { co_return Result<void>{}; }
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
};

class EmptyCluster final : public CronJobs {
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

class RecoveryTest : public ::testing::Test {
protected:
    asio::awaitable<Outcome<void>> settle(ProjectId project) {
        ++tries[project];
        tried_at.push_back(clock.steady());
        if (stuck.contains(project)) co_return failed(503, "not yet");
        intents.of.erase(project);
        co_return Outcome<void>{};
    }

    /// Until `enough` holds, or for a minute.
    void run_until(std::function<bool()> enough) {
        scope.spawn("recover", [this] { return recovery.run(); });
        scope.spawn("end", [&]() -> asio::awaitable<void> {
            for (int i = 0; i == 0 || (i < 12'000 && !enough()); ++i) co_await rt::sleep_for(5ms);
            scope.cancel();
        });
        loop.run();
        EXPECT_TRUE(enough());
    }

    rt::SystemClock clock;
    asio::io_context loop{1};
    rt::TaskScope scope{loop.get_executor()};
    OpenIntents intents;
    NoDecisions decisions;
    EmptyCluster cluster;
    std::map<ProjectId, int> tries;
    std::vector<rt::Steady> tried_at;  ///< whichever project
    std::set<ProjectId> stuck;
    Recovery recovery{decisions,
                      intents,
                      cluster,
                      [this](ProjectId project, Call) { return settle(std::move(project)); },
                      {.look_every = 5ms, .retry_first = 20ms, .retry_last = 160ms},
                      clock};
};

TEST_F(RecoveryTest, HasAllProjectsSettledHoweverManyTheyAre) {
    for (int i = 0; i < 250; ++i) intents.of.emplace(fmt::format("P{:03}", i));

    run_until([&] { return intents.of.empty(); });
    EXPECT_EQ(tries.size(), 250U);
}

TEST_F(RecoveryTest, OneThatCannotBeSettledHoldsNoOtherUp) {
    for (int i = 0; i < 150; ++i) {
        intents.of.emplace(fmt::format("P{:03}", i));
        if (i != 140) stuck.emplace(fmt::format("P{:03}", i));
    }

    run_until([&] { return intents.of.size() == 149; });
}

TEST_F(RecoveryTest, BacksOffFromWhatCannotBeSettled) {
    intents.of.emplace("P");
    stuck.emplace("P");

    run_until([&] { return tried_at.size() >= 5; });
    const std::chrono::milliseconds waits[] = {20ms, 40ms, 80ms, 160ms};
    for (std::size_t i = 0; i < std::size(waits); ++i) {
        EXPECT_GE(tried_at[i + 1] - tried_at[i], waits[i]) << i;
    }
}

TEST_F(RecoveryTest, GoesOnWhenTheDatabaseIsBack) {
    intents.of.emplace("P");
    intents.gone = true;
    const auto begun = clock.steady();

    run_until([&] {
        if (clock.steady() >= begun + 50ms) intents.gone = false;
        return intents.of.empty();
    });
}

}  // namespace
}  // namespace dsm::orchestrator

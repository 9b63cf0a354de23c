// Which projects the recovery has settled, and how often it tries.
#include "services/orchestrator/app/recovery.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "libs/rt/task_scope.hpp"
#include "services/orchestrator/core/cronjob_object.hpp"

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

/// Has a record of none that it was not told of.
class Decisions final : public DecisionStore {
public:
    Awaited<Result<std::optional<ProjectSettings>>> settings(ProjectId) override {
        co_return std::nullopt;
    }
    Awaited<Result<void>> record(DecisionEntry) override { co_return Result<void>{}; }
    Awaited<Result<std::vector<DecisionId>>> unrecorded(std::vector<DecisionId> ids) override {
        std::erase_if(ids, [&](const DecisionId& id) { return recorded.contains(id); });
        co_return ids;
    }
    Awaited<Result<std::optional<KeptAnswer>>> kept(IdempotencyKey) override {
        co_return std::nullopt;
    }
    Awaited<Result<std::vector<boost::json::object>>> recent(std::optional<ProjectId>,
                                                             std::size_t) override {
        co_return std::vector<boost::json::object>{};
    }

    std::set<DecisionId> recorded;
};

/// CronJobs in pages of one. The first `failing` pages that are asked for are refused.
class Cluster final : public CronJobs {
public:
    Awaited<kube::GetOutcome> get(std::string, Call) override { co_return kube::Absent{}; }
    Awaited<kube::ListOutcome> list(std::string, Call) override { co_return kube::Listed{}; }
    Awaited<kube::PageOutcome> page(std::string, std::string next, Call) override {
        ++asked;
        if (asked <= failing) co_return kube::Unknown{.why = "the API server is down"};
        const std::size_t at = next.empty() ? 0 : std::stoul(next);
        kube::ListedPage page;
        if (at < cronjobs.size()) page.items.push_back(cronjobs[at]);
        if (at + 1 < cronjobs.size()) page.next = std::to_string(at + 1);
        co_return page;
    }
    Awaited<kube::CreateOutcome> create(boost::json::object, Call) override {
        co_return kube::AlreadyExists{};
    }
    Awaited<kube::DeleteOutcome> remove(std::string, std::string, Call) override {
        co_return kube::Absent{};
    }

    std::vector<boost::json::object> cronjobs;
    int failing = 0;
    int asked = 0;
};

DecisionId decision(int number) {
    return DecisionId(fmt::format("1e0edcc1-2069-47ce-a454-{:012}", number));
}

/// One that decision `number` made for project `P<number>`.
boost::json::object cronjob(int number) {
    return cronjob_object({.name_space = "dsm"}, {.project = ProjectId(fmt::format("P{}", number)),
                                                  .sprint = SprintId(fmt::format("S{}", number)),
                                                  .schedule = "0 9 * * 1-5",
                                                  .decision = decision(number),
                                                  .imprint = ""});
}

class RecoveryTest : public ::testing::Test {
protected:
    asio::awaitable<Outcome<void>> settle(ProjectId project) {
        ++tries[project];
        tried_at.push_back(clock.steady());
        if (stuck.contains(project)) co_return failed(503, "not yet");
        intents.of.erase(project);
        if (made.contains(project)) decisions.recorded.insert(made.at(project));
        co_return Outcome<void>{};
    }
    /// A CronJob whose decision has no record.
    void lose(int number) {
        cluster.cronjobs.push_back(cronjob(number));
        made.emplace(fmt::format("P{}", number), decision(number));
    }
    int tries_of(const char* project) { return tries[ProjectId(project)]; }

    /// Until `enough` holds, or for a minute.
    void run_until(std::function<bool()> enough) {
        Recovery recovery(
            decisions, intents, cluster,
            [this](ProjectId project, Call) { return settle(std::move(project)); }, settings,
            clock);
        scope.spawn("recover", [&] { return recovery.run(); });
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
    Decisions decisions;
    Cluster cluster;
    std::map<ProjectId, int> tries;
    std::vector<rt::Steady> tried_at;  ///< whichever project
    std::set<ProjectId> stuck;
    std::map<ProjectId, DecisionId> made;
    RecoverySettings settings{.look_every = 5ms, .retry_first = 20ms, .retry_last = 160ms};
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

TEST_F(RecoveryTest, FindsWhatLacksItsRecordOnEveryPage) {
    for (const int number : {1, 2, 3}) lose(number);
    decisions.recorded = {decision(2)};

    run_until([&] { return tries_of("P1") == 1 && tries_of("P3") == 1; });
    EXPECT_EQ(tries_of("P2"), 0);
}

TEST_F(RecoveryTest, ListsAgainSoonWhenTheClusterCouldNotBeListedAtStart) {
    for (const int number : {1, 2}) lose(number);
    cluster.failing = 3;

    run_until([&] { return tries_of("P1") == 1 && tries_of("P2") == 1; });
}

TEST_F(RecoveryTest, ListsAgainSoonForWhatCouldNotBeSettled) {
    for (const int number : {1, 2}) lose(number);
    stuck.emplace("P1");

    run_until([&] { return tries_of("P1") >= 3 && tries_of("P2") == 1; });
}

TEST_F(RecoveryTest, FindsLaterWhatLostItsRecordAfterTheStart) {
    settings.scan_every = 20ms;
    lose(1);
    run_until([&] {
        if (tries_of("P1") == 1 && cluster.cronjobs.size() == 1) lose(2);
        return tries_of("P2") == 1;
    });
}

}  // namespace
}  // namespace dsm::orchestrator

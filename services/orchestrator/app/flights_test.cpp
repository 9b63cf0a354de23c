#include "services/orchestrator/app/flights.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "services/orchestrator/app/turns_test.hpp"

namespace dsm::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A loop whose flights take a moment and answer with their number.
class FlightsTest : public ::testing::Test {
protected:
    asio::awaitable<Landing> fly(Riders riders, Call call) {
        const int number = ++flown;
        EXPECT_EQ(call.turn != nullptr, turns.holders[ProjectId("P")] > 0);
        co_await rt::sleep_for(takes);
        Landing landing{Answer{.body = std::to_string(number)}};
        for (const IdempotencyKey& key : riders.keys) {
            if (answered.contains(key.key)) {
                landing.answered.push_back({key, Answer{.body = answered.at(key.key)}});
            }
        }
        co_return landing;
    }

    /// Joins one after the other without waiting in between.
    void join(std::string project, std::string likeness, std::chrono::milliseconds patience = 5s) {
        join(Wish{.command = {.project = ProjectId(std::move(project))},
                  .likeness = std::move(likeness)},
             patience);
    }
    void join(Wish wish, std::chrono::milliseconds patience = 5s) {
        const Call call{.deadline = rt::Deadline::after(clock, patience)};
        asio::co_spawn(loop, flights.join(std::move(wish), call),
                       [this](const std::exception_ptr& thrown, Outcome<Answer> outcome) {
                           EXPECT_FALSE(thrown);
                           outcomes.push_back(outcome ? outcome->body : outcome.error().detail);
                           if (!outcome)
                               told_when.push_back(outcome.error().retry_after.has_value());
                       });
    }

    rt::SystemClock clock;
    asio::io_context loop{1};
    rt::TaskScope scope{loop.get_executor()};
    std::chrono::milliseconds takes = 20ms;
    int flown = 0;
    std::vector<std::string> outcomes;
    std::vector<bool> told_when;                  ///< whether a refusal said when to ask again
    std::map<std::string, std::string> answered;  ///< keys with an answer from before
    FakeTurns turns;
    Flights flights{scope, turns, clock, 5s, 4, [this](Command, Riders riders, Call call) {
                        return fly(std::move(riders), std::move(call));
                    }};
};

TEST_F(FlightsTest, EqualWishesThatWaitShareTheNextFlight) {
    join("P", "a");
    loop.run_for(5ms);
    join("P", "a");
    join("P", "b");
    join("P", "a");
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "2", "2", "3"}));
}

TEST_F(FlightsTest, ProjectsDoNotWaitForEachOther) {
    join("P", "a");
    join("Q", "a");
    loop.run_for(5ms);

    EXPECT_EQ(flown, 2);
    loop.run();
}

TEST_F(FlightsTest, OneThatNobodyWaitsForAnyLongerDoesNotTakeOff) {
    join("P", "a");
    loop.run_for(5ms);
    join("P", "b", 1ms);
    join("P", "b", 2ms);
    join("P", "c", 1ms);
    join("P", "c");
    loop.run();

    std::ranges::sort(outcomes);
    const std::string late = "The orchestration took too long.";
    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "2", late, late, late}));
    EXPECT_EQ(flown, 2);
}

TEST_F(FlightsTest, TheRoomToWaitIsBounded) {
    join("P", "a");
    loop.run_for(5ms);
    for (int i = 0; i < 5; ++i) join("P", "a");
    loop.run();

    EXPECT_EQ(outcomes.front(), "Too many requests wait for this project.");
    EXPECT_EQ(told_when, std::vector<bool>{true});
    EXPECT_EQ(outcomes.size(), 6U);
    EXPECT_EQ(flown, 2);
}

TEST_F(FlightsTest, WhoComesWhenItStopsIsToldSo) {
    scope.cancel();
    join("P", "a");
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"The orchestrator is stopping."}));
    EXPECT_EQ(told_when, std::vector<bool>{true});
    EXPECT_EQ(flown, 0);
}

TEST_F(FlightsTest, ASettlementBehindALongFlightOfItsProjectHoldsUpNoOtherProjects) {
    takes = 10s;
    join("P", "a", 10s);
    loop.run_for(5ms);
    takes = 1ms;
    std::vector<bool> settled;
    scope.spawn("recover", [&]() -> asio::awaitable<void> {
        for (const char* project : {"P", "Q"}) {
            const Call call{.deadline = rt::Deadline::after(clock, 50ms)};
            const auto done = co_await flights.settle(ProjectId(project), call);
            settled.push_back(done.has_value());
        }
    });
    loop.run_for(300ms);

    EXPECT_EQ(settled, (std::vector<bool>{false, true}));
    scope.cancel();
    loop.run_for(1s);
}

TEST_F(FlightsTest, OneTakesItsProjectsTurnAndGivesItUpBeforeTheNext) {
    for (const char* likeness : {"a", "b", "c"}) join("P", likeness);
    loop.run();

    EXPECT_EQ(flown, 3);
    EXPECT_EQ(turns.most, 1);
    EXPECT_EQ(turns.holders[ProjectId("P")], 0);
}

TEST_F(FlightsTest, WhoComesWhileAnotherOrchestratorHasTheTurnStillSharesTheFlight) {
    turns.busy = true;
    join("P", "a");
    loop.run_for(5ms);
    join("P", "a");
    join("P", "a");
    loop.run_for(5ms);
    EXPECT_EQ(flown, 0);
    turns.busy = false;
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "1", "1"}));
}

TEST_F(FlightsTest, OneThatGetsNoTurnInTimeNeverBegins) {
    turns.busy = true;
    join("P", "a", 10ms);
    loop.run_for(30ms);
    turns.busy = false;
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"The orchestration took too long."}));
    EXPECT_EQ(flown, 0);
}

TEST_F(FlightsTest, WithoutADatabaseThereIsNoTurnAndThatIsSaidAtOnce) {
    turns.gone = true;
    join("P", "a");
    loop.run_for(20ms);

    EXPECT_EQ(outcomes, (std::vector<std::string>{"The orchestrator's database does not answer."}));
    EXPECT_EQ(flown, 0);
}

TEST_F(FlightsTest, ADryRunWaitsForNobodyElse) {
    turns.busy = true;
    join(Wish{.command = {.project = ProjectId("P"), .acting = Acting::kDryRun}, .likeness = "d"});
    loop.run_for(50ms);

    EXPECT_EQ(outcomes, (std::vector<std::string>{"1"}));
}

TEST_F(FlightsTest, AKeyThatWasAnsweredBeforeGetsThatAnswerAndTheOthersTheirOwn) {
    answered = {{"old", "from before"}};
    join("P", "first");
    loop.run_for(5ms);
    for (const char* key : {"old", "new"}) {
        join(Wish{.command = {.project = ProjectId("P")},
                  .likeness = "a",
                  .key = IdempotencyKey{.scope = "s", .key = key, .body_digest = "d"}});
    }
    join("P", "a");
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "from before", "2", "2"}));
}

TEST_F(FlightsTest, ALaneThatIsEmptyIsTakenUpAgain) {
    join("P", "a");
    loop.run();
    loop.restart();
    join("P", "a");
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "2"}));
}

}  // namespace
}  // namespace dsm::orchestrator

#include "services/orchestrator/app/flights.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "services/orchestrator/app/turns_test.hpp"

namespace dsm::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A loop on which project P's flights are in the air until they may land. A flight answers with
/// its number.
class FlightsTest : public ::testing::Test {
protected:
    asio::awaitable<Landing> fly(Command command, Riders riders, Call call) {
        const int number = ++flown;
        current = call;
        call.progress->decision = DecisionId(fmt::format("D{}", number));
        EXPECT_EQ(call.turn != nullptr, turns.holders[ProjectId("P")] > 0);
        while (in_the_air && command.project == ProjectId("P")) {
            const bool whole = co_await rt::sleep_for(1ms);
            if (!whole) break;
        }
        current = {};
        Landing landing{Answer{.body = std::to_string(number)}};
        for (const IdempotencyKey& key : riders.keys) {
            if (answered.contains(key.key)) {
                landing.answered.push_back({key, Answer{.body = answered.at(key.key)}});
            }
        }
        co_return landing;
    }

    /// Joins one after the other without waiting in between.
    void join(std::string project, std::string likeness, std::chrono::milliseconds patience = 1h) {
        join(Wish{.command = {.project = ProjectId(std::move(project))},
                  .likeness = std::move(likeness)},
             patience);
    }
    void join(Wish wish, std::chrono::milliseconds patience = 1h) {
        const Call call{.deadline = rt::Deadline::after(clock, patience)};
        asio::co_spawn(loop, flights.join(std::move(wish), call),
                       [this](const std::exception_ptr& thrown, Outcome<Answer> outcome) {
                           EXPECT_FALSE(thrown);
                           outcomes.push_back(outcome ? outcome->body : outcome.error().detail);
                           if (!outcome)
                               told_when.push_back(outcome.error().retry_after.has_value());
                       });
    }

    void run_until(const std::function<bool()>& condition) {
        while (!condition() && loop.run_one() > 0) {
        }
        EXPECT_TRUE(condition());
    }
    /// What was begun comes as far as it can without waiting.
    void let_all_begin() { loop.poll(); }
    /// One flight of project P is under way.
    void take_off() {
        in_the_air = true;
        join("P", "a", 1h);
        run_until([this] { return flown == 1; });
    }
    void land_all() {
        let_all_begin();
        in_the_air = false;
        loop.run();
    }

    rt::SystemClock clock;
    asio::io_context loop{1};
    rt::TaskScope scope{loop.get_executor()};
    bool in_the_air = false;
    int flown = 0;
    Call current;  ///< of the flight that began last
    std::vector<std::string> outcomes;
    std::vector<bool> told_when;                  ///< whether a refusal said when to ask again
    std::map<std::string, std::string> answered;  ///< keys with an answer from before
    FakeTurns turns;
    Flights flights{scope, turns, clock, 1h, 4, [this](Command command, Riders riders, Call call) {
                        return fly(std::move(command), std::move(riders), std::move(call));
                    }};
};

TEST_F(FlightsTest, EqualWishesThatWaitShareTheNextFlight) {
    take_off();
    join("P", "a");
    join("P", "b");
    join("P", "a");
    land_all();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "2", "2", "3"}));
}

TEST_F(FlightsTest, ProjectsDoNotWaitForEachOther) {
    take_off();
    join("Q", "a");

    run_until([this] { return flown == 2; });
    land_all();
}

TEST_F(FlightsTest, OneThatNobodyWaitsForAnyLongerDoesNotTakeOff) {
    take_off();
    join("P", "b", 1ms);
    join("P", "b", 2ms);
    join("P", "c", 1ms);
    join("P", "c");
    run_until([this] { return outcomes.size() == 3; });
    land_all();

    std::ranges::sort(outcomes);
    const std::string late = "The orchestration took too long.";
    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "2", late, late, late}));
    EXPECT_EQ(flown, 2);
}

TEST_F(FlightsTest, WhoRunsOutOfTimeInTheAirHearsOfTheDecisionThatMayStillBeDone) {
    in_the_air = true;
    while (flown == 0) {  // on a slow machine the time may be over before it takes off
        outcomes.clear();
        join("P", "a", 10ms);
        run_until([this] { return !outcomes.empty(); });
    }
    land_all();

    EXPECT_EQ(outcomes, std::vector<std::string>{"The orchestration took too long. Decision D1 was "
                                                 "begun and may still be done."});
}

TEST_F(FlightsTest, ADryRunThatRunsOutOfTimeLeavesNothingToBeDone) {
    in_the_air = true;
    while (flown == 0) {
        outcomes.clear();
        join(Wish{.command = {.project = ProjectId("P"), .acting = Acting::kDryRun},
                  .likeness = "d"},
             10ms);
        run_until([this] { return !outcomes.empty(); });
    }
    land_all();

    EXPECT_EQ(outcomes, std::vector<std::string>{"The orchestration took too long."});
}

TEST_F(FlightsTest, TheRoomToWaitIsBounded) {
    take_off();
    for (int i = 0; i < 5; ++i) join("P", "a");
    land_all();

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

TEST_F(FlightsTest, OneThatIsCutOffMayActNoMoreAndWhoWaitsForTheNextIsToldItStops) {
    take_off();
    join("P", "b");
    let_all_begin();
    const bool before = current.may_act();
    scope.cancel();
    const bool after = current.may_act();
    const std::string why = current.why_not();
    current = {};
    land_all();

    EXPECT_TRUE(before);
    EXPECT_FALSE(after);
    EXPECT_EQ(why, "The orchestrator is stopping.");
    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "The orchestrator is stopping."}));
    EXPECT_EQ(turns.holders[ProjectId("P")], 0);
}

TEST_F(FlightsTest, ADryRunThatIsCutOffIsNoAnswer) {
    in_the_air = true;
    join(Wish{.command = {.project = ProjectId("P"), .acting = Acting::kDryRun}, .likeness = "d"});
    run_until([this] { return flown == 1; });
    scope.cancel();
    land_all();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"The orchestrator is stopping."}));
}

TEST_F(FlightsTest, ASettlementBehindALongFlightOfItsProjectHoldsUpNoOtherProjects) {
    take_off();
    std::vector<bool> settled;
    scope.spawn("recover", [&]() -> asio::awaitable<void> {
        const std::pair<const char*, std::chrono::milliseconds> wishes[] = {{"P", 50ms}, {"Q", 1h}};
        for (const auto& [project, patience] : wishes) {
            const Call call{.deadline = rt::Deadline::after(clock, patience)};
            const auto done = co_await flights.settle(ProjectId(project), call);
            settled.push_back(done.has_value());
        }
    });

    run_until([&] { return settled.size() == 2; });
    EXPECT_EQ(settled, (std::vector<bool>{false, true}));
    land_all();
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
    let_all_begin();
    join("P", "a");
    join("P", "a");
    let_all_begin();
    EXPECT_EQ(flown, 0);
    turns.busy = false;
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "1", "1"}));
}

TEST_F(FlightsTest, OneThatGetsNoTurnInTimeNeverBegins) {
    turns.busy = true;
    join("P", "a", 10ms);
    run_until([this] { return outcomes.size() == 1; });
    turns.busy = false;
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"The orchestration took too long."}));
    EXPECT_EQ(flown, 0);
}

TEST_F(FlightsTest, WithoutADatabaseThereIsNoTurnAndThatIsSaidAtOnce) {
    turns.gone = true;
    join("P", "a");
    let_all_begin();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"The orchestrator's database does not answer."}));
    EXPECT_EQ(flown, 0);
}

TEST_F(FlightsTest, ADryRunWaitsForNobodyElse) {
    turns.busy = true;
    join(Wish{.command = {.project = ProjectId("P"), .acting = Acting::kDryRun}, .likeness = "d"});
    run_until([this] { return outcomes.size() == 1; });

    EXPECT_EQ(outcomes, (std::vector<std::string>{"1"}));
}

TEST_F(FlightsTest, AKeyThatWasAnsweredBeforeGetsThatAnswerAndTheOthersTheirOwn) {
    answered = {{"old", "from before"}};
    take_off();
    for (const char* key : {"old", "new"}) {
        join(Wish{.command = {.project = ProjectId("P")},
                  .likeness = "a",
                  .key = IdempotencyKey{.scope = "s", .key = key, .body_digest = "d"}});
    }
    join("P", "a");
    land_all();

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

#include "services/orchestrator/app/flights.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace dsm::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A loop whose flights take a moment and answer with their number.
class FlightsTest : public ::testing::Test {
protected:
    asio::awaitable<Outcome<Answer>> fly() {
        const int number = ++flown;
        co_await rt::sleep_for(20ms);
        co_return Answer{.body = std::to_string(number)};
    }

    /// Joins one after the other without waiting in between.
    void join(std::string project, std::string likeness, std::chrono::milliseconds patience = 5s) {
        Wish wish{.command = {.project = ProjectId(std::move(project))},
                  .likeness = std::move(likeness)};
        const Call call{.deadline = rt::Deadline::after(clock, patience)};
        asio::co_spawn(loop, flights.join(std::move(wish), call),
                       [this](const std::exception_ptr& thrown, Outcome<Answer> outcome) {
                           EXPECT_FALSE(thrown);
                           outcomes.push_back(outcome ? outcome->body : outcome.error().detail);
                       });
    }

    rt::SystemClock clock;
    asio::io_context loop{1};
    rt::TaskScope scope{loop.get_executor()};
    int flown = 0;
    std::vector<std::string> outcomes;
    Flights flights{scope, clock, 5s, 4,
                    [this](Command, std::vector<IdempotencyKey>, Call) { return fly(); }};
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
    EXPECT_EQ(outcomes.size(), 6U);
    EXPECT_EQ(flown, 2);
}

TEST_F(FlightsTest, WhoComesWhenItStopsIsToldSo) {
    scope.cancel();
    join("P", "a");
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"The orchestrator is stopping."}));
    EXPECT_EQ(flown, 0);
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

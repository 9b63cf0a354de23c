#include "services/orchestrator/app/idempotency.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "services/orchestrator/app/flights.hpp"
#include "services/orchestrator/app/turns_test.hpp"

namespace dsm::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr const char* kBegun =
    "The orchestration took too long. It was begun and may still be done.";

/// Keeps the answers of keys; nothing else is asked of it here.
class KeyStore final : public DecisionStore {
public:
    Awaited<Result<std::optional<ProjectSettings>>> settings(ProjectId) override {
        co_return std::nullopt;
    }
    Awaited<Result<void>> record(DecisionEntry entry) override {
        for (const IdempotencyKey& key : entry.keys) {
            answers[key.key] = {.body_digest = key.body_digest, .answer = entry.answer};
        }
        co_return Result<void>{};
    }
    Awaited<Result<std::vector<DecisionId>>> unrecorded(std::vector<DecisionId>) override {
        co_return std::vector<DecisionId>{};
    }
    Awaited<Result<std::optional<KeptAnswer>>> kept(IdempotencyKey key) override {
        const auto found = answers.find(key.key);
        if (found == answers.end()) co_return std::nullopt;
        co_return found->second;
    }
    Awaited<Result<std::vector<boost::json::object>>> recent(std::optional<ProjectId>,
                                                             std::size_t) override {
        co_return std::vector<boost::json::object>{};
    }

    std::map<std::string, KeptAnswer> answers;
};

/// A loop whose flights are in the air until they may land, answer with their number, and keep that
/// for their keys.
class IdempotencyTest : public ::testing::Test {
protected:
    asio::awaitable<Landing> fly(std::vector<IdempotencyKey> keys) {
        const Answer answer{.body = std::to_string(++flown)};
        while (in_the_air) co_await rt::sleep_for(1ms);
        DecisionEntry entry{.keys = std::move(keys), .answer = answer};
        co_await store.record(std::move(entry));
        co_return Landing{answer};
    }

    void request(std::chrono::milliseconds patience, std::string digest = "d") {
        const IdempotencyKey key{.scope = "POST /x", .key = "k", .body_digest = digest};
        const Wish wish{
            .command = {.project = ProjectId("P")}, .likeness = std::move(digest), .key = key};
        const Call call{.deadline = rt::Deadline::after(clock, patience),
                        .progress = std::make_shared<Progress>()};
        const auto work = [this, wish, call] { return flights.see_through(wish, call); };
        asio::co_spawn(loop, requests.run(key, call, work),
                       [this](const std::exception_ptr& thrown, Outcome<Answer> outcome) {
                           EXPECT_FALSE(thrown);
                           outcomes.push_back(outcome ? outcome->body : outcome.error().detail);
                           if (!outcome)
                               told_when.push_back(outcome.error().retry_after.has_value());
                       });
    }

    /// A request gives up while its flight is in the air.
    void request_in_vain() {
        in_the_air = true;
        while (flown == 0) {  // on a slow machine the time may be over before it takes off
            outcomes.clear();
            told_when.clear();
            request(10ms);
            while (outcomes.empty()) loop.run_one();
        }
        ASSERT_EQ(outcomes, std::vector<std::string>{kBegun});
    }

    rt::SystemClock clock;
    KeyStore store;
    asio::io_context loop{1};
    rt::TaskScope scope{loop.get_executor()};
    bool in_the_air = false;
    int flown = 0;
    std::vector<std::string> outcomes;
    std::vector<bool> told_when;  ///< whether a refusal said when to ask again
    FakeTurns turns;
    Flights flights{
        scope, turns, clock,
        1h,    3,     [this](Command, Riders riders, Call) {
                        return fly(std::move(riders.keys)); }};
    IdempotentRequests requests{store, scope};
};

TEST_F(IdempotencyTest, ARepeatAfterATimeoutGetsTheAnswerOfTheFlightThatWasBegun) {
    request_in_vain();
    EXPECT_EQ(told_when, std::vector<bool>{true});
    request(1h);
    loop.poll();
    in_the_air = false;
    loop.run();
    loop.restart();
    request(1h);
    loop.run();

    EXPECT_EQ(flown, 1);
    EXPECT_EQ(outcomes, (std::vector<std::string>{kBegun, "1", "1"}));
}

TEST_F(IdempotencyTest, AnotherBodyIsRefusedAsLongAsTheFlightGoesOn) {
    request_in_vain();
    request(1h, "other");
    loop.poll();
    in_the_air = false;
    loop.run();

    EXPECT_EQ(outcomes.back(), "This Idempotency-Key was used with another body.");
    EXPECT_EQ(flown, 1);
}

TEST_F(IdempotencyTest, WhoComesWhenItStopsIsToldSo) {
    scope.cancel();
    request(1h);
    loop.run();

    EXPECT_EQ(outcomes, (std::vector<std::string>{"The orchestrator is stopping."}));
    EXPECT_EQ(told_when, std::vector<bool>{true});
}

}  // namespace
}  // namespace dsm::orchestrator

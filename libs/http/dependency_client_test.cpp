// The policy of calls against servers that are busy, ill, silent, or well again.
#include "libs/http/dependency_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>

#include "libs/http/errors.hpp"
#include "libs/rt/parallel.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/testing/fake_server.hpp"
#include "libs/testing/scripted_server.hpp"
#include "libs/testing/skipping_clock.hpp"

namespace dsm::http {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;
using testing::FakeServer;
using testing::SkippingClock;
using What = CallFailure::What;

/// Answers with `status`, and `retry_after` unless it is empty, for as long as `left` lasts; then
/// with 200.
struct Mood {
    std::atomic<int> status = 200;
    std::atomic<int> left = 1'000'000;
    std::string retry_after;
    std::atomic<int> requests = 0;

    Response answer(const Request&) {
        ++requests;
        if (status == 200 || left-- <= 0) return Response::json(200, json::object{{"ok", true}});
        Response response = error(status, "as told");
        if (!retry_after.empty()) response.headers.set("Retry-After", retry_after);
        return response;
    }
};

std::string anything_goes(const json::value&) {
    return "";
}

class DependencyClientTest : public ::testing::Test {
protected:
    CallOutcome ask(ClientRequest request = {.url = "/x"}, std::string base_url = "") {
        CallOutcome outcome = std::unexpected(CallFailure{.detail = "did not end"});
        run(
            [&](DependencyClient& client) -> asio::awaitable<void> {
                outcome =
                    co_await client.ask(request, rt::Deadline::after(clock, 30s), anything_goes);
            },
            std::move(base_url));
        return outcome;
    }
    void run(std::function<asio::awaitable<void>(DependencyClient&)> calls,
             std::string base_url = "") {
        asio::io_context loop(1);
        Client http(loop.get_executor(), {}, clock);
        DependencyClient client(http, base_url.empty() ? server.url() : std::move(base_url),
                                *called, policy, clock, *random);
        asio::co_spawn(loop, calls(client), [&](std::exception_ptr) { http.close(); });
        loop.run_for(120s);
    }

    SkippingClock clock;
    std::unique_ptr<rt::Random> random = rt::make_seeded_random(1);
    Mood mood;
    FakeServer server{[this](const Request& request) { return mood.answer(request); }};
    rt::CallPolicy policy{.timeout = 60s,
                          .attempts = 3,
                          .backoff = {.first = 1ms, .limit = 2ms},
                          .breaker = {.failures_to_open = 3, .open_for = 600s}};
    rt::Dependency dependency{"Sprint Service", clock, policy.breaker};
    rt::Dependency* called = &dependency;
};

TEST_F(DependencyClientTest, GivesTheBodyOfASuccess) {
    const auto outcome = ask();

    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->at("ok"), true);
    EXPECT_EQ(dependency.standing(), rt::Standing::kOk);
}

TEST_F(DependencyClientTest, FiftyRefusalsOfWhatWasAskedOpenNothing) {
    mood.status = 404;
    for (int i = 0; i < 50; ++i) {
        const auto outcome = ask();
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().what, What::kRefused);
        EXPECT_EQ(outcome.error().status, 404);
    }

    EXPECT_EQ(mood.requests, 50) << "and none is repeated";
    EXPECT_EQ(dependency.standing(), rt::Standing::kOk);
}

TEST_F(DependencyClientTest, ABusyOneIsNotIllAndItsTimeIsPassedOn) {
    mood.retry_after = "60";
    for (const int status : {503, 429}) {
        mood.status = status;
        for (int i = 0; i < 10; ++i) {
            const auto outcome = ask();
            ASSERT_FALSE(outcome);
            EXPECT_EQ(outcome.error().status, status) << "asked, not refused by the breaker";
            EXPECT_EQ(outcome.error().retry_after, 60s);
        }
    }
    EXPECT_EQ(mood.requests, 20) << "nothing is repeated before the time it named";
}

TEST_F(DependencyClientTest, WaitsForATimeWithinTheDeadlineAndAsksAgain) {
    mood.status = 503;
    mood.retry_after = "1";
    mood.left = 1;
    const auto begun = clock.steady();

    EXPECT_TRUE(ask());
    EXPECT_GE(clock.steady() - begun, 1s);
    EXPECT_EQ(mood.requests, 2);
}

TEST_F(DependencyClientTest, RepeatsAWriteOnlyUnderItsKey) {
    mood.status = 502;
    ClientRequest write{.method = "POST", .url = "/x", .body = "{}"};
    EXPECT_FALSE(ask(write));
    EXPECT_EQ(mood.requests, 1);

    write.headers.set("Idempotency-Key", "e1");
    EXPECT_FALSE(ask(write));
    EXPECT_EQ(mood.requests, 4);
}

TEST_F(DependencyClientTest, OpensAfterFailedCallsAndClosesWithTheFirstThatSucceeds) {
    mood.status = 500;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask().error().what, What::kRefused);
    const auto refused = ask();
    EXPECT_EQ(refused.error().what, What::kCircuitOpen);
    EXPECT_GT(refused.error().retry_after, 500s);
    EXPECT_NE(refused.error().detail.find("last: as told"), std::string::npos);
    EXPECT_EQ(mood.requests, 3);

    mood.status = 200;
    EXPECT_FALSE(ask()) << "not before its time";
    clock.skip(600s);
    EXPECT_TRUE(ask());
    EXPECT_TRUE(ask());
}

TEST_F(DependencyClientTest, CallsThatAreNotUnderstoodAreFailures) {
    run([&](DependencyClient& client) -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            const auto outcome =
                co_await client.ask({.url = "/x"}, rt::Deadline::after(clock, 30s),
                                    [](const json::value&) { return "it is no list"; });
            EXPECT_EQ(outcome.error().what, What::kNonsense);
            EXPECT_EQ(sentence_of("Sprint Service", outcome.error()),
                      "Sprint Service error: it is no list");
        }
    });

    EXPECT_EQ(dependency.standing(), rt::Standing::kCircuitOpen);
}

TEST_F(DependencyClientTest, ACutAnswerIsNoAnswerAndARead) {
    const testing::RawServer cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    const auto outcome = ask({.url = "/x"}, cut.url());

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what, What::kNoAnswer);
    EXPECT_FALSE(outcome.error().maybe_done);
    EXPECT_EQ(cut.connections(), 3) << "as many as the policy allows";
}

TEST_F(DependencyClientTest, AWriteThatWasCutMayHaveBeenDone) {
    const testing::RawServer cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    const auto outcome = ask({.method = "POST", .url = "/x", .body = "{}"}, cut.url());

    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().maybe_done);
    EXPECT_EQ(cut.connections(), 1);
}

TEST_F(DependencyClientTest, OneThatHangsIsAnsweredForAtOnceOnceItIsOpen) {
    policy.timeout = 50ms;
    server.hang(true);
    int refused_at_once = 0;
    run([&](DependencyClient& client) -> asio::awaitable<void> {
        std::vector<std::function<asio::awaitable<void>()>> callers(40, [&] {
            return [](DependencyClient& c, SkippingClock& k,
                      int& refused) -> asio::awaitable<void> {
                for (int i = 0; i < 5; ++i) {
                    const auto outcome =
                        co_await c.ask({.url = "/x"}, rt::Deadline::after(k, 30s), anything_goes);
                    const bool open = outcome.error().what == What::kCircuitOpen;
                    if (open) ++refused;
                }
            }(client, clock, refused_at_once);
        });
        co_await rt::when_all(std::move(callers));
    });
    server.hang(false);

    // Whoever failed before the third failure could begin one more call.
    EXPECT_GE(refused_at_once, 4 * 40 - 2) << "the others wait for no second answer";
}

TEST_F(DependencyClientTest, CallersWithoutTimeProveNothing) {
    server.hang(true);
    run([&](DependencyClient& client) -> asio::awaitable<void> {
        for (int i = 0; i < 10; ++i) {
            const auto outcome =
                co_await client.ask({.url = "/x"}, rt::Deadline::after(clock, 5ms), anything_goes);
            EXPECT_EQ(outcome.error().what, What::kNoAnswer);
        }
    });
    server.hang(false);

    EXPECT_TRUE(ask());
}

TEST_F(DependencyClientTest, AProbeWhoseCallerWasCutOffLeavesItsPlaceToTheNext) {
    mood.status = 500;
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(ask());
    clock.skip(600s);
    mood.status = 200;
    server.hang(true);
    run([&](DependencyClient& client) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        rt::TaskScope probing(executor);
        probing.spawn("probe", [&]() -> asio::awaitable<void> {
            co_await client.ask({.url = "/x"}, rt::Deadline::after(clock, 30s), anything_goes);
        });
        while (dependency.standing() != rt::Standing::kCircuitOpen) co_await rt::sleep_for(1ms);
        probing.cancel();
        co_await probing.join(5s);
    });
    server.hang(false);

    EXPECT_TRUE(ask());
}

TEST_F(DependencyClientTest, TwoHundredCallsAtOneThatIsDownCostLittleMoreThanTwoHundredRequests) {
    policy.attempts = 10;
    rt::Dependency never_left_alone("Sprint Service", clock, {.failures_to_open = 1'000});
    called = &never_left_alone;
    mood.status = 502;
    run([&](DependencyClient& client) -> asio::awaitable<void> {
        for (int i = 0; i < 200; ++i) {
            co_await client.ask({.url = "/x"}, rt::Deadline::after(clock, 30s), anything_goes);
        }
    });

    EXPECT_LE(mood.requests, 200 * 11 / 10 + 10);
    EXPECT_GT(mood.requests, 200) << "what the budget allows is used";
}

TEST_F(DependencyClientTest, AnAnswerWithoutEndIsGivenUpAtTheLimitAndNotAskedForAgain) {
    const std::string zeros(64 * 1024, '0');
    const testing::Scene endless[] = {
        {.answer = "HTTP/1.1 200 OK\r\n\r\n[", .without_end = zeros},
        {.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         .without_end = "10000\r\n" + zeros + "\r\n"},
    };
    for (const auto& scene : endless) {
        rt::Dependency one("Sprint Service", clock, {.failures_to_open = 1, .open_for = 5s});
        called = &one;
        const testing::ScriptedServer talker({scene, scene, scene});

        const auto outcome = ask({.url = ""}, talker.url());

        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().what, What::kNonsense);
        EXPECT_NE(outcome.error().detail.find("larger than 8388608 bytes"), std::string::npos)
            << outcome.error().detail;
        EXPECT_EQ(talker.requests(), 1);
        EXPECT_EQ(one.standing(), rt::Standing::kCircuitOpen) << "who answers so is ill";
    }
}

}  // namespace
}  // namespace dsm::http

// What is remembered of a neighbour that did not answer.
#include "services/sprint/adapters/neighbour_client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "libs/testing/skipping_clock.hpp"

namespace dsm::sprint {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// What the service says of a call that nobody answers.
Outcome<int> call_in_vain(NeighbourClient& client, asio::io_context& loop, const rt::Clock& clock) {
    auto answer = asio::co_spawn(
        loop,
        client.ask<int>(
            {.method = "GET", .url = "/"}, {{}, rt::Deadline::after(clock, 60s)},
            [](const boost::json::value&) -> std::expected<int, std::string> { return 1; }),
        asio::use_future);
    loop.restart();
    loop.run();
    return answer.get();
}

class NeighbourClientTest : public ::testing::Test {
protected:
    testing::SkippingClock clock;
    std::unique_ptr<rt::Random> random = rt::make_seeded_random(1);
    asio::io_context loop{1};
    http::Client http{loop.get_executor(), {}, clock};
    NeighbourClient client{{.name = "Neighbour",
                            .url = "http://127.0.0.1:1",
                            .policy = {.attempts = 1, .breaker = {.failures_to_open = 2}}},
                           http,
                           clock,
                           *random};
};

TEST_F(NeighbourClientTest, ForgetsAFailureThatIsNotOfLately) {
    EXPECT_EQ(client.standing(), rt::Standing::kOk) << "nothing speaks against it yet";
    ASSERT_FALSE(call_in_vain(client, loop, clock));
    EXPECT_EQ(client.standing(), rt::Standing::kError);

    clock.skip(61s);

    EXPECT_EQ(client.standing(), rt::Standing::kOk);
}

TEST_F(NeighbourClientTest, SaysWhenItIsWorthAskingOneThatIsLeftAlone) {
    for (int i = 0; i < 2; ++i) ASSERT_FALSE(call_in_vain(client, loop, clock));
    EXPECT_EQ(client.standing(), rt::Standing::kCircuitOpen);

    const auto refused = call_in_vain(client, loop, clock);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Failure::Kind::kUnavailable);
    EXPECT_EQ(refused.error().retry_after, 5s);
    EXPECT_TRUE(refused.error().detail.starts_with(
        "Could not connect to Neighbour: it failed again and again and is not asked for 5 s"))
        << refused.error().detail;
}

}  // namespace
}  // namespace dsm::sprint

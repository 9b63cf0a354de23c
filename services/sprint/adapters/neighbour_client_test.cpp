// What is remembered of a neighbour that did not answer.
#include "services/sprint/adapters/neighbour_client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace dsm::sprint {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// The machine's clock, whose steady time a test moves on.
class SkippingClock final : public rt::Clock {
public:
    Instant wall() const override { return real_.wall(); }
    rt::Steady steady() const override { return real_.steady() + skipped_; }
    void skip(std::chrono::milliseconds time) { skipped_ += time; }

private:
    rt::SystemClock real_;
    std::chrono::milliseconds skipped_{0};
};

TEST(NeighbourClient, ForgetsAFailureThatIsNotOfLately) {
    SkippingClock clock;
    const auto random = rt::make_seeded_random(1);
    asio::io_context loop(1);
    http::Client http(loop.get_executor(), {}, clock);
    NeighbourClient client(
        {.name = "Neighbour", .url = "http://127.0.0.1:1", .call_timeout = 100ms}, http, clock,
        *random);
    auto answer = asio::co_spawn(
        loop, client.send({.method = "GET", .url = "/"}, {{}, rt::Deadline::after(clock, 5s)}),
        asio::use_future);
    loop.run();
    ASSERT_FALSE(answer.get());
    EXPECT_FALSE(client.answered_lately());

    clock.skip(61s);

    EXPECT_TRUE(client.answered_lately());
}

}  // namespace
}  // namespace dsm::sprint

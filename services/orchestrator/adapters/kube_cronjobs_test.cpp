#include "services/orchestrator/adapters/kube_cronjobs.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "libs/http/errors.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/fake_server.hpp"

namespace dsm::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

TEST(KubeCronJobs, AnOpenBreakerRefusesADeletionAndLeavesNothingUnknown) {
    const rt::SystemClock clock;
    asio::io_context loop{1};
    kube::Client client(loop.get_executor(), {.server = "http://127.0.0.1:1"}, {}, clock);
    Dependency cluster("Kubernetes API", clock, {.failures_to_open = 1, .open_for = 60s});
    KubeCronJobs cronjobs(client, "dsm", cluster, 60s, clock);
    cluster.admit().value().ill("down");
    const Call call{.deadline = rt::Deadline::after(clock, 60s)};
    std::optional<kube::DeleteOutcome> outcome;
    asio::co_spawn(
        loop, cronjobs.remove("name", "uid", call),
        [&](const std::exception_ptr&, kube::DeleteOutcome o) { outcome = std::move(o); });
    loop.run_for(120s);

    ASSERT_TRUE(outcome);
    const auto* refused = std::get_if<kube::Refused>(&*outcome);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->reason, "NotAsked");
    EXPECT_NE(refused->message.find("last: down"), std::string::npos) << refused->message;
}

/// How an API server stands that answers eight times like this.
Standing standing_after(int status, const char* retry_after, const char* body = "{}") {
    const rt::SystemClock clock;
    const dsm::testing::FakeServer server([&](const http::Request&) {
        auto answer = http::Response::text(status, body, "application/json");
        if (retry_after != nullptr) answer.headers.set("Retry-After", retry_after);
        return answer;
    });
    Dependency cluster("Kubernetes API", clock, {.failures_to_open = 8, .open_for = 60s});
    const auto call_often = [&]() -> asio::awaitable<int> {
        const auto executor = co_await asio::this_coro::executor;
        kube::Client client(executor, {.server = server.url()}, {.policy = {.attempts = 1}}, clock);
        KubeCronJobs cronjobs(client, "dsm", cluster, 60s, clock);
        int unknown = 0;
        for (int i = 0; i < 8; ++i) {
            const auto got =
                co_await cronjobs.get("a", {.deadline = rt::Deadline::after(clock, 60s)});
            if (std::holds_alternative<kube::Unknown>(got)) ++unknown;
        }
        client.close();
        co_return unknown;
    };
    EXPECT_EQ(dsm::testing::await(call_often()), 8) << status;
    return cluster.standing();
}

TEST(KubeCronJobs, OnlyAnApiServerThatIsIllOpensTheBreaker) {
    EXPECT_EQ(standing_after(500, nullptr), Standing::kCircuitOpen);
    EXPECT_EQ(standing_after(503, nullptr), Standing::kCircuitOpen);
    EXPECT_EQ(standing_after(200, nullptr, "<html>"), Standing::kCircuitOpen);
    EXPECT_EQ(standing_after(503, "9"), Standing::kError);
    EXPECT_EQ(standing_after(429, "9"), Standing::kError);
    EXPECT_EQ(standing_after(401, nullptr), Standing::kOk);
    EXPECT_EQ(standing_after(404, nullptr, "404 page not found"), Standing::kOk);
}

}  // namespace
}  // namespace dsm::orchestrator

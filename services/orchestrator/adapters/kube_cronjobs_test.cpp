#include "services/orchestrator/adapters/kube_cronjobs.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace dsm::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

TEST(KubeCronJobs, AnOpenBreakerRefusesADeletionAndLeavesNothingUnknown) {
    const rt::SystemClock clock;
    asio::io_context loop{1};
    kube::Client client(loop.get_executor(), {.server = "http://127.0.0.1:1"}, {}, clock);
    Dependency cluster("Kubernetes API", clock, {.failures_to_open = 1, .open_for = 60s});
    KubeCronJobs cronjobs(client, "dsm", cluster, 1s, clock);
    cluster.seen_ill("down");
    const Call call{.deadline = rt::Deadline::after(clock, 5s)};
    std::optional<kube::DeleteOutcome> outcome;
    asio::co_spawn(
        loop, cronjobs.remove("name", "uid", call),
        [&](const std::exception_ptr&, kube::DeleteOutcome o) { outcome = std::move(o); });
    loop.run_for(10s);

    ASSERT_TRUE(outcome);
    const auto* refused = std::get_if<kube::Refused>(&*outcome);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->reason, "NotAsked");
    EXPECT_NE(refused->message.find("last: down"), std::string::npos) << refused->message;
}

}  // namespace
}  // namespace dsm::orchestrator

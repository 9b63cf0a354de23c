// The cluster as a process uses it: over TLS, started, stopped and started again.
#include "cluster/service.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

#include "libs/http/client.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"

namespace dsm::cluster {
namespace {

using dsm::testing::eventually;
using dsm::testing::TemporaryFolder;

constexpr std::string_view kLeases = "/apis/coordination.k8s.io/v1/namespaces/dsm/leases";

class ClusterTest : public ::testing::Test {
protected:
    Result<http::ClientResponse> call(const Cluster& cluster, std::string method,
                                      std::string_view path, std::string body = "",
                                      std::string token = "") {
        boost::asio::io_context loop(1);
        http::ClientSettings settings;
        settings.tls = http::TlsTrust{.ca_pem = cluster.ca_pem()};
        http::Client client(loop.get_executor(), settings, clock_);
        http::ClientRequest request{
            std::move(method), cluster.url() + std::string(path), {}, std::move(body)};
        request.headers.set("Authorization", "Bearer " + (token.empty() ? cluster.token() : token));
        auto answer = boost::asio::co_spawn(
            loop,
            client.send(std::move(request), rt::Deadline::after(clock_, std::chrono::seconds(60))),
            boost::asio::use_future);
        loop.run();
        return answer.get();
    }
    int status(const Cluster& cluster, std::string method, std::string_view path,
               std::string body = "", std::string token = "") {
        const auto answer =
            call(cluster, std::move(method), path, std::move(body), std::move(token));
        return answer ? answer->status : -1;
    }

    rt::SystemClock clock_;
    std::unique_ptr<rt::Random> random_ = rt::make_system_random();
};

TEST_F(ClusterTest, KeepsItsObjectsAndItsTokenOverARestart) {
    TemporaryFolder folder;
    std::string token;
    {
        Cluster first({.data_dir = folder.path()}, clock_, *random_);
        ASSERT_TRUE(first.start());
        token = first.token();
        ASSERT_EQ(status(first, "POST", kLeases, R"({"metadata":{"name":"l"}})"), 201);
        first.stop(std::chrono::seconds(2));
    }

    Cluster second({.data_dir = folder.path()}, clock_, *random_);
    ASSERT_TRUE(second.start());
    EXPECT_EQ(second.token(), token);
    EXPECT_EQ(status(second, "GET", std::string(kLeases) + "/l"), 200);
    EXPECT_EQ(second.kubeconfig_path(), folder.path() + "/kubeconfig");
}

TEST_F(ClusterTest, SaysThatItsPortIsTaken) {
    Cluster first({}, clock_, *random_);
    const auto port = first.start();
    ASSERT_TRUE(port);

    Cluster second({.port = *port}, clock_, *random_);
    const auto refused = second.start();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(refused.error().message.find("in use"), std::string::npos);
}

TEST_F(ClusterTest, HasUsersThatMayNothing) {
    Cluster cluster({.users_without_rights = {"dev"}}, clock_, *random_);
    ASSERT_TRUE(cluster.start());

    EXPECT_EQ(status(cluster, "GET", kLeases, "", cluster.token_of("dev")), 403);
    EXPECT_EQ(status(cluster, "GET", kLeases, "", "nobody's"), 401);
    EXPECT_EQ(cluster.token_of("nobody"), "");
}

TEST_F(ClusterTest, LosesAnAnswerSoThatTheClientCannotKnow) {
    Cluster cluster({}, clock_, *random_);
    ASSERT_TRUE(cluster.start());
    cluster.faults().add({.method = "POST", .drop_reply = true});

    const auto lost = call(cluster, "POST", kLeases, R"({"metadata":{"name":"l"}})");
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, ErrorCode::kUnknown);
    EXPECT_EQ(status(cluster, "GET", std::string(kLeases) + "/l"), 200);
}

TEST_F(ClusterTest, RunsAJobWithTheEnvironmentItWasGiven) {
    TemporaryFolder folder;
    Cluster cluster({.data_dir = folder.path(),
                     .executable = "/bin/sh",
                     .job_environment = {{"DSM_PROOF", "given"}}},
                    clock_, *random_);
    ASSERT_TRUE(cluster.start());
    const std::string jobs = "/apis/batch/v1/namespaces/dsm/jobs";
    const std::string job =
        R"({"metadata":{"name":"j"},"spec":{"backoffLimit":0,"template":{"spec":{)"
        R"("restartPolicy":"Never","containers":[{"name":"c","image":"dsm","command":)"
        R"(["dsm","-c","test \"$DSM_PROOF\" = given"]}]}}}})";
    ASSERT_EQ(status(cluster, "POST", jobs, job), 201);

    EXPECT_TRUE(eventually([&] {
        const auto answer = call(cluster, "GET", jobs + "/j");
        return answer && answer->body.find("\"Complete\"") != std::string::npos;
    }));
}

TEST_F(ClusterTest, EndsItsWatchesWhenItStops) {
    Cluster cluster({}, clock_, *random_);
    ASSERT_TRUE(cluster.start());
    std::thread stopper;
    const auto begun = clock_.steady();
    stopper = std::thread([&] {
        eventually([&] {
            const auto seen = cluster.faults().seen();
            return !seen.empty() && seen.back().find("watch") != std::string::npos;
        });
        cluster.stop(std::chrono::seconds(2));
    });

    const auto watched = call(cluster, "GET", std::string(kLeases) + "?watch=1");
    stopper.join();
    EXPECT_LT(clock_.steady() - begun, std::chrono::seconds(50)) << "it was given up, not ended";
}

}  // namespace
}  // namespace dsm::cluster

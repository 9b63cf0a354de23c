// One client while its API server stops, comes again, and changes its certificate and its token.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <filesystem>

#include "cluster/service.hpp"
#include "libs/kube/client.hpp"
#include "libs/testing/process.hpp"

namespace dsm::kube {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

class Restart : public ::testing::Test {
protected:
    void SetUp() override {
        start();
        auto access = load_access({.kubeconfig = folder_.file("kubeconfig")}, {});
        ASSERT_TRUE(access) << access.error().message;
        client_.emplace(loop_.get_executor(), *access, ClientSettings{}, clock_);
    }
    void TearDown() override {
        client_->close();
        loop_.restart();
        loop_.run();
    }

    void start() {
        cluster_.emplace(
            cluster::Config{.data_dir = folder_.path(), .port = port_, .run_controllers = false},
            clock_, *random_);
        const auto port = cluster_->start();
        ASSERT_TRUE(port) << port.error().message;
        port_ = *port;
    }
    void stop() { cluster_.reset(); }

    /// The next start makes a new authority, certificate and token.
    void forget_identity() {
        for (const char* file : {"ca.crt", "server.crt", "server.key", "token"}) {
            ASSERT_TRUE(std::filesystem::remove(folder_.file(file))) << file;
        }
    }

    template <class T>
    T run(asio::awaitable<T> call) {
        loop_.restart();
        auto outcome = asio::co_spawn(loop_, std::move(call), asio::use_future);
        while (outcome.wait_for(0s) != std::future_status::ready) loop_.run_one();
        return outcome.get();
    }
    GetOutcome get(const std::string& name, std::chrono::milliseconds limit = 60s) {
        return run(client_->get(kCronJobs, "dsm", name, rt::Deadline::after(clock_, limit)));
    }
    CreateOutcome create(const std::string& name) {
        const auto object = json::parse(
            R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{},"spec":{"schedule":
            "0 14 * * 1-5","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never",
            "containers":[{"name":"c","image":"i"}]}}}}}})");
        json::object named = object.as_object();
        named["metadata"].as_object()["name"] = name;
        return run(client_->create(kCronJobs, "dsm", named, rt::Deadline::after(clock_, 60s)));
    }

    testing::TemporaryFolder folder_;
    rt::SystemClock clock_;
    std::unique_ptr<rt::Random> random_ = rt::make_system_random();
    std::uint16_t port_ = 0;
    std::optional<cluster::Cluster> cluster_;
    asio::io_context loop_{1};
    std::optional<Client> client_;
};

TEST_F(Restart, LeavesNothingBehindThatSpoilsTheNextWrite) {
    ASSERT_TRUE(std::holds_alternative<Created>(create("run-a")));

    for (const char* name : {"run-b", "run-c"}) {
        stop();
        start();
        EXPECT_TRUE(std::holds_alternative<Created>(create(name))) << name;
    }

    stop();
    EXPECT_TRUE(std::holds_alternative<Unknown>(get("run-a", 500ms)));
    EXPECT_TRUE(std::holds_alternative<Unknown>(create("run-d")));
    start();
    EXPECT_TRUE(std::holds_alternative<Absent>(get("run-d")));
    EXPECT_TRUE(std::holds_alternative<Created>(create("run-d")));
}

TEST_F(Restart, WithANewCertificateAuthorityAndTokenIsFollowedInTheSameCall) {
    ASSERT_TRUE(std::holds_alternative<Created>(create("run-a")));

    stop();
    forget_identity();
    start();
    EXPECT_TRUE(std::holds_alternative<Created>(create("run-b")));
    stop();
    forget_identity();
    start();
    EXPECT_TRUE(std::holds_alternative<Present>(get("run-b")));
}

}  // namespace
}  // namespace dsm::kube

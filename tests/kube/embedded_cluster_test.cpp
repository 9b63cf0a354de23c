// What only the embedded cluster can be made to do to a client: faults, refused tokens, its own
// kubeconfig. The rest is the contract.
#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <fstream>

#include "cluster/service.hpp"
#include "libs/kube/client.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"

namespace dsm::kube {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

class EmbeddedCluster : public ::testing::Test {
protected:
    void SetUp() override {
        const auto port = cluster_.start();
        ASSERT_TRUE(port) << port.error().message;
        access_ = {.server = cluster_.url(),
                   .tls = {.ca_pem = cluster_.ca_pem()},
                   .token = cluster_.token()};
    }

    template <class T>
    T with_client(std::function<asio::awaitable<T>(Client&)> call) {
        return testing::await([](Access access, std::function<asio::awaitable<T>(Client&)> run,
                                 const rt::Clock& clock) -> asio::awaitable<T> {
            const auto executor = co_await asio::this_coro::executor;
            Client client(executor, access, {.user_agent = "dsm/test", .page_size = 2}, clock);
            auto outcome = co_await run(client);
            client.close();
            co_return outcome;
        }(access_, std::move(call), clock_));
    }

    rt::Deadline soon() const { return rt::Deadline::after(clock_, 60s); }

    GetOutcome get(const std::string& name, const std::string& name_space = "dsm") {
        return with_client<GetOutcome>(
            [&](Client& c) { return c.get(kCronJobs, name_space, name, soon()); });
    }
    CreateOutcome create(const std::string& name, const std::string& schedule = "0 14 * * 1-5",
                         const std::string& name_space = "dsm") {
        const json::object object{
            {"apiVersion", "batch/v1"},
            {"kind", "CronJob"},
            {"metadata", {{"name", name}}},
            {"spec",
             {{"schedule", schedule},
              {"jobTemplate",
               {{"spec",
                 {{"template",
                   {{"spec",
                     {{"restartPolicy", "Never"},
                      {"containers",
                       json::array{json::object{{"name", "c"}, {"image", "i"}}}}}}}}}}}}}}};
        return with_client<CreateOutcome>(
            [&](Client& c) { return c.create(kCronJobs, name_space, object, soon()); });
    }
    DeleteOutcome remove(const std::string& name, const std::string& uid = "") {
        return with_client<DeleteOutcome>([&](Client& c) {
            return c.remove({.resource = kCronJobs, .name_space = "dsm", .name = name, .uid = uid},
                            soon());
        });
    }
    ListOutcome list() {
        return with_client<ListOutcome>([&](Client& c) {
            return c.list({.resource = kCronJobs, .name_space = "dsm"}, soon());
        });
    }

    rt::SystemClock clock_;
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(3);
    cluster::Cluster cluster_{
        {.run_controllers = false, .users_without_rights = {"visitor"}}, clock_, *random_};
    Access access_;
};

TEST_F(EmbeddedCluster, SaysWhatIsForbiddenToWhomAndTrustsNoBadToken) {
    access_.token = cluster_.token_of("visitor");
    const auto forbidden = get("run-a");
    EXPECT_TRUE(std::holds_alternative<Forbidden>(create("run-a")));
    EXPECT_TRUE(std::holds_alternative<Forbidden>(list()));
    EXPECT_TRUE(std::holds_alternative<Forbidden>(remove("run-a")));
    access_.token = "wrong-token";
    const auto stranger = get("run-a");

    ASSERT_TRUE(std::holds_alternative<Forbidden>(forbidden));
    EXPECT_EQ(describe(std::get<Forbidden>(forbidden)),
              "not allowed to get cronjobs.batch in namespace dsm");
    EXPECT_TRUE(std::get<Forbidden>(forbidden).message.contains("visitor"));
    ASSERT_TRUE(std::holds_alternative<Unknown>(stranger));
    EXPECT_FALSE(std::get<Unknown>(stranger).why.contains("wrong-token"));
}

TEST_F(EmbeddedCluster, ListsPageByPageAndBeginsAgainWhenItsHistoryIsGone) {
    for (const char* name : {"a", "b", "c", "d", "e"}) create(name);
    const auto all = list();
    ASSERT_TRUE(std::holds_alternative<Listed>(all));
    EXPECT_EQ(std::get<Listed>(all).items.size(), 5U);
    EXPECT_EQ(std::get<Listed>(all).items[4].at("kind"), "CronJob");

    cluster_.faults().add({.method = "GET", .path_contains = "continue=", .status = 410});
    const auto again = list();
    ASSERT_TRUE(std::holds_alternative<Listed>(again));
    EXPECT_EQ(std::get<Listed>(again).items.size(), 5U);
}

TEST_F(EmbeddedCluster, CallsAWriteUnknownWhoseAnswerWasLost) {
    cluster_.faults().add({.method = "POST", .drop_reply = true});

    EXPECT_TRUE(std::holds_alternative<Unknown>(create("run-a")));
    EXPECT_TRUE(std::holds_alternative<Present>(get("run-a")));
}

TEST_F(EmbeddedCluster, RepeatsAReadThatWasBrokenOrThrottled) {
    cluster_.faults().add({.method = "GET", .drop_reply = true});
    EXPECT_TRUE(std::holds_alternative<Absent>(get("run-a")));
    cluster_.faults().add({.method = "GET", .times = 2, .status = 429, .retry_after = 0});
    EXPECT_TRUE(std::holds_alternative<Absent>(get("run-a")));
    cluster_.faults().add({.method = "GET", .times = -1, .status = 500});
    EXPECT_TRUE(std::holds_alternative<Unknown>(get("run-a")));
}

TEST_F(EmbeddedCluster, IsReachedByTheKubeconfigThatItWrites) {
    const testing::TemporaryFolder folder;
    cluster::Cluster persistent({.data_dir = folder.path(), .run_controllers = false}, clock_,
                                *random_);
    ASSERT_TRUE(persistent.start());

    auto access = load_access({.kubeconfig = persistent.kubeconfig_path()}, {});

    ASSERT_TRUE(access) << access.error().message;
    EXPECT_EQ(access->name_space, "dsm");
    access_ = *access;
    EXPECT_TRUE(std::holds_alternative<Absent>(get("run-a")));
}

}  // namespace
}  // namespace dsm::kube

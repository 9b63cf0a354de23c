// SIGTERM while a POST is in flight: DRAIN-EXIT on the whole system. What is said here holds
// however slow the machine is: work that could not be finished in time is settled by the next
// start.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <fstream>
#include <future>

#include "tests/up/running_system.hpp"
#include "tests/up/stored_history.hpp"

namespace dsm::testing {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr const char* kTarget = "/orchestrate/project/P";

json::value workspace() {
    json::array tasks;
    for (int i = 1; i <= 3; ++i) {
        tasks.push_back({{"task_id", fmt::format("P-T{}", i)},
                         {"project_id", "P"},
                         {"title", "t"},
                         {"description", ""},
                         {"status", "unassigned"},
                         {"assigned_to", nullptr},
                         {"sprint_id", nullptr},
                         {"progress_percentage", 0}});
    }
    const json::object project{{"id", "P"},
                               {"name", "P"},
                               {"description", ""},
                               {"status", "active"},
                               {"team", json::array()}};
    return {{"workspace",
             {{"projects", json::array(1, json::value(project))},
              {"employees", json::array()},
              {"holidays", json::array()},
              {"pto", json::array()},
              {"sprints", json::array()},
              {"tasks", std::move(tasks)}}}};
}

class UpDrain : public ::testing::Test {
protected:
    void start(const std::string& failpoints = "") {
        const std::string file = folder_.file("workspace.json");
        std::ofstream(file) << workspace();
        ASSERT_TRUE(system.start({"--import", file}, {{"DSM_FAILPOINTS", failpoints}}))
            << system.log();
    }
    std::future<WireReply> post() const {
        return std::async(std::launch::async, [wire = system.wire("orchestrator")] {
            return wire.post(kTarget, json::object());
        });
    }
    std::size_t asked_for_sprints() const {
        const auto text = system.wire("sprint").get("/metrics").body;
        const std::string line =
            "dsm_http_requests_total{method=\"GET\",route=\"/sprints/"
            "by-project/{project_id}\",status=\"200\"} ";
        const auto at = text.find(line);
        return at == std::string::npos ? 0 : std::stoul(text.substr(at + line.size()));
    }
    std::string sprints() const { return system.wire("sprint").get("/sprints/by-project/P").body; }
    WireReply remove_cronjob() const {
        return system.wire("orchestrator").del(std::string(kTarget) + "/cronjob/" + kCronJob);
    }

    /// What was answered is so, and after the next start all is there, once.
    void expect_whole(const WireReply& reply, std::size_t decisions) {
        if (reply.status == 200) {
            EXPECT_EQ(reply.json().at("cronjob_name"), kCronJob) << reply.body;
        }
        start();
        if (reply.status != 200) system.wire("orchestrator").post(kTarget, json::object());
        EXPECT_EQ(json::parse(sprints()).as_array().size(), 1U) << sprints();
        std::string unmatched;
        EXPECT_TRUE(eventually([&] {
            unmatched = unmatched_records(system, {"P"});
            return unmatched.empty();
        })) << unmatched;
        const auto kept = system.wire("orchestrator").get("/decisions?project_id=P").body;
        EXPECT_FALSE(kept.contains("Failed to create")) << kept;
        if (reply.status == 200) EXPECT_EQ(decisions_of(system, "P").size(), decisions);
        EXPECT_EQ(remove_cronjob().status, 200) << "it is there";
    }

    static constexpr const char* kCronJob = "run-dailyscrum-p-p-s01";
    RunningSystem system;

private:
    TemporaryFolder folder_;
};

TEST_F(UpDrain, ASprintInFlightGetsItsCronJobBeforeTheClusterEnds) {
    start("http.client.sent[POST /sprints]=delay:1000");
    auto posted = post();
    ASSERT_TRUE(eventually([&] { return sprints() != "[]"; }));

    EXPECT_EQ(system.end(SIGTERM), 0) << system.log();

    expect_whole(posted.get(), 1);
}

TEST_F(UpDrain, AHealInFlightIsFinishedBeforeTheServicesEnd) {
    start("orchestrate.reads_done=delay:1000@2");
    ASSERT_EQ(post().get().status, 200);
    ASSERT_EQ(remove_cronjob().status, 200);
    const std::size_t before = asked_for_sprints();
    auto posted = post();
    ASSERT_TRUE(eventually([&] { return asked_for_sprints() > before; }));

    EXPECT_EQ(system.end(SIGINT), 0) << system.log();

    expect_whole(posted.get(), 2);
}

TEST_F(UpDrain, AKeyWhoseClientLeftIsFinishedAndItsRepeatGetsThatAnswer) {
    start("http.client.sent[POST /sprints]=delay:1000");
    const auto endpoints = json::parse(read_file(system.endpoints_path()));
    const std::string url(endpoints.at("orchestrator").as_string());
    asio::io_context context;
    asio::ip::tcp::socket client(context);
    client.connect({asio::ip::address_v4::loopback(),
                    static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)))});
    asio::write(client, asio::buffer(fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\n"
                                                 "Idempotency-Key: k\r\nContent-Length: 2\r\n"
                                                 "\r\n{{}}",
                                                 kTarget)));
    ASSERT_TRUE(eventually([&] { return sprints() != "[]"; }));
    client.close();

    EXPECT_EQ(system.end(SIGTERM), 0) << system.log();

    start();
    http::Headers key;
    key.set("Idempotency-Key", "k");
    const auto repeat = system.wire("orchestrator").send("POST", kTarget, "{}", key);
    EXPECT_EQ(repeat.json().at("cronjob_name"), kCronJob) << repeat.body;
    EXPECT_EQ(decisions_of(system, "P").size(), 1U);
    EXPECT_EQ(remove_cronjob().status, 200) << "it is there";
}

}  // namespace
}  // namespace dsm::testing

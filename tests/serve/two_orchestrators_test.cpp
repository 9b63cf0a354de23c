// Two orchestrators on one PostgreSQL keep every promise that one keeps. Each test has a database
// of its own on the server of `DSM_TEST_POSTGRES` (tests/postgresql/with_server).
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <future>
#include <regex>
#include <set>

#include "tests/serve/separate_services.hpp"

namespace dsm::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* kOrchestrate = "/orchestrate/project/P1";
constexpr const char* kReplicas[] = {"orchestrator", "orchestrator-2"};

/// A project with work and a team, and no sprint.
json::value workspace() {
    json::array tasks;
    for (int i = 1; i <= 6; ++i) {
        tasks.push_back({{"task_id", fmt::format("P1-TASK{:03}", i)},
                         {"project_id", "P1"},
                         {"title", "A task"},
                         {"description", "-"},
                         {"status", "unassigned"},
                         {"assigned_to", nullptr},
                         {"sprint_id", nullptr},
                         {"progress_percentage", 0}});
    }
    const json::object project{{"id", "P1"},
                               {"name", "First"},
                               {"description", "-"},
                               {"status", "active"},
                               {"team", json::array(1, json::value("E1"))}};
    const json::object employee{{"id", "E1"}, {"name", "E1"}};
    return {{"workspace",
             {{"projects", json::array(1, json::value(project))},
              {"employees", json::array(1, json::value(employee))},
              {"holidays", json::array()},
              {"pto", json::array()},
              {"sprints", json::array()},
              {"tasks", std::move(tasks)}}}};
}

std::string keyword(const std::string& dsn, const std::string& name) {
    std::smatch found;
    std::regex_search(dsn, found, std::regex(name + "=(\\S+)"));
    return found[1];
}

/// An empty database, as settings of the product.
ProcessEnvironment fresh_database(const std::string& dsn) {
    static int number = 0;
    const std::string name = fmt::format("two_{}_{}", getpid(), ++number);
    const auto created = run_process({"psql", dsn, "-c", "CREATE DATABASE " + name});
    if (created.exit_code != 0) throw std::runtime_error(created.err);
    return {{"POSTGRES_HOST", keyword(dsn, "host")},
            {"POSTGRES_PORT", keyword(dsn, "port")},
            {"POSTGRES_USER", keyword(dsn, "user")},
            {"POSTGRES_DB", name}};
}

std::string decision_of(const WireReply& reply) {
    return std::string(reply.headers.find("X-Decision-ID").value_or(""));
}

class TwoOrchestrators : public ::testing::Test {
protected:
    void SetUp() override {
        const char* server = std::getenv("DSM_TEST_POSTGRES");
        if (server == nullptr) GTEST_SKIP() << "DSM_TEST_POSTGRES is not set";
        database = fresh_database(server);
        services.emplace(*parse_rfc3339("2025-09-01T08:00:00Z"), database);
        services->start("orchestrator-2");
        const std::string file = folder.file("workspace.json");
        std::ofstream(file) << json::serialize(workspace());
        const auto imported = services->run({"import", file});
        ASSERT_EQ(imported.exit_code, 0) << imported.err;
    }

    WireReply post(const std::string& replica, const std::string& key = "") const {
        http::Headers headers;
        if (!key.empty()) headers.set("Idempotency-Key", key);
        return services->wire(replica).send("POST", kOrchestrate, "{}", headers);
    }
    std::vector<WireReply> posts_to_both(int count, const std::function<std::string(int)>& key) {
        std::vector<std::future<WireReply>> sent;
        for (int i = 0; i < count; ++i) {
            sent.push_back(std::async(std::launch::async,
                                      [this, i, &key] { return post(kReplicas[i % 2], key(i)); }));
        }
        std::vector<WireReply> replies;
        for (auto& reply : sent) replies.push_back(reply.get());
        return replies;
    }

    json::array decisions() const {
        return services->wire("orchestrator-2")
            .get("/decisions?project_id=P1&limit=1000")
            .json()
            .as_array();
    }
    /// Of those that did something.
    std::size_t acts() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(decisions(), [](const json::value& decision) {
                return !decision.at("actions_taken").as_array().empty();
            }));
    }
    std::size_t sprints() const {
        return services->wire("sprint").get("/sprints/by-project/P1").json().as_array().size();
    }
    std::size_t cronjobs() const {
        const auto listed = run_process({"kubectl", "--kubeconfig", services->kubeconfig(), "get",
                                         "cronjobs", "-n", "dsm", "-o", "name"});
        EXPECT_EQ(listed.exit_code, 0) << listed.err;
        return static_cast<std::size_t>(std::ranges::count(listed.out, '\n'));
    }
    static std::multiset<std::string> decisions_in(const std::string& text) {
        static const std::regex kId("\"decision_id\":\"([^\"]+)\"");
        std::multiset<std::string> ids;
        for (std::sregex_iterator each(text.begin(), text.end(), kId), end; each != end; ++each) {
            ids.insert((*each)[1]);
        }
        return ids;
    }
    /// Every decision has one audit and one event, and none has two.
    bool all_told_once() {
        std::multiset<std::string> taken;
        for (const auto& decision : decisions()) {
            taken.insert(std::string(decision.at("decision_id").as_string()));
        }
        return eventually([&] {
            const auto audits = services->wire("chronicle")
                                    .get("/v1/notes/decision_audit?project_id=P1&limit=1000")
                                    .body;
            const auto events =
                run_process({"redis-cli", "-p", std::to_string(services->redis().port()), "XRANGE",
                             "orchestration_events", "-", "+"})
                    .out;
            return decisions_in(audits) == taken && decisions_in(events) == taken;
        });
    }

    TemporaryFolder folder;
    ProcessEnvironment database;
    std::optional<SeparateServices> services;
};

TEST_F(TwoOrchestrators, EqualPostsToBothAtOnceStartOneSprintWithOneCronJob) {
    const auto replies = posts_to_both(32, [](int) { return ""; });

    std::set<std::string> made;
    for (const auto& reply : replies) {
        ASSERT_EQ(reply.status, 200) << reply.body;
        if (!reply.json().at("actions_taken").as_array().empty()) made.insert(decision_of(reply));
    }
    EXPECT_EQ(made.size(), 1U);
    EXPECT_EQ(acts(), 1U);
    EXPECT_EQ(sprints(), 1U);
    EXPECT_EQ(cronjobs(), 1U);
    EXPECT_TRUE(all_told_once());
}

TEST_F(TwoOrchestrators, OneKeyOnBothAtOnceIsOneDecisionAndOneAnswer) {
    const auto replies = posts_to_both(32, [](int) { return "k"; });

    for (const auto& reply : replies) {
        ASSERT_EQ(reply.status, 200) << reply.body;
        EXPECT_EQ(reply.body, replies[0].body);
        EXPECT_EQ(decision_of(reply), decision_of(replies[0]));
    }
    EXPECT_EQ(decisions().size(), 1U);
    EXPECT_EQ(sprints(), 1U);
    EXPECT_EQ(cronjobs(), 1U);
    EXPECT_TRUE(all_told_once());
}

TEST_F(TwoOrchestrators, EachOfManyKeysOnBothHasOneDecision) {
    const auto replies = posts_to_both(32, [](int i) { return fmt::format("k-{}", i / 4); });
    const auto again = posts_to_both(32, [](int i) { return fmt::format("k-{}", i / 4); });

    for (std::size_t i = 0; i < replies.size(); ++i) {
        ASSERT_EQ(replies[i].status, 200) << replies[i].body;
        EXPECT_EQ(decision_of(replies[i]), decision_of(replies[i / 4 * 4]));
        EXPECT_EQ(again[i].body, replies[i].body);
        EXPECT_EQ(decision_of(again[i]), decision_of(replies[i]));
    }
    EXPECT_EQ(acts(), 1U);
    EXPECT_EQ(sprints(), 1U);
    EXPECT_TRUE(all_told_once());
}

TEST_F(TwoOrchestrators, WhatAKilledOneHadBegunTheOtherFinishesByItself) {
    services->stop("orchestrator");
    services->start("orchestrator",
                    {{"DSM_FAILPOINTS", "orchestrate.between_sprint_and_cronjob=kill"}});

    EXPECT_EQ(post("orchestrator", "k").status, 0);
    EXPECT_TRUE(eventually([&] { return decisions().size() == 1; }));
    const auto answer = post("orchestrator-2", "k");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(decision_of(answer), decisions().at(0).at("decision_id").as_string());
    EXPECT_EQ(decisions().size(), 1U);
    EXPECT_EQ(sprints(), 1U);
    EXPECT_EQ(cronjobs(), 1U);
    EXPECT_TRUE(all_told_once());
}

TEST_F(TwoOrchestrators, ALongOrchestrationIsLeftAloneByTheOther) {
    services->stop("orchestrator");
    services->start("orchestrator",
                    {{"DSM_FAILPOINTS", "orchestrate.between_sprint_and_cronjob=delay:5000"}});

    auto slow = std::async(std::launch::async, [&] { return post("orchestrator", "k"); });
    ASSERT_TRUE(eventually([&] { return sprints() == 1; }));
    const auto waited = post("orchestrator-2");
    const auto answer = slow.get();

    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json().at("actions_taken").as_array().size(), 3U);
    EXPECT_EQ(waited.status, 200) << waited.body;
    EXPECT_TRUE(waited.json().at("actions_taken").as_array().empty());
    EXPECT_EQ(services->log("orchestrator-2").find("intent_"), std::string::npos);
    EXPECT_EQ(sprints(), 1U);
    EXPECT_EQ(cronjobs(), 1U);
    EXPECT_TRUE(all_told_once());
}

TEST_F(TwoOrchestrators, OneThatLosesItsTurnInTheMiddleBeginsNothingMoreAndTheOtherFinishes) {
    services->stop("orchestrator");
    services->start("orchestrator",
                    {{"DSM_FAILPOINTS", "orchestrate.between_sprint_and_cronjob=delay:8000"}});

    auto slow = std::async(std::launch::async, [&] { return post("orchestrator", "k"); });
    ASSERT_TRUE(eventually([&] { return sprints() == 1; }));
    const auto cut = run_process({"psql", std::getenv("DSM_TEST_POSTGRES"), "-c",
                                  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                  " WHERE application_name = 'dsm turns'"
                                  " AND datname = '" +
                                      database.at("POSTGRES_DB") + "'"});
    ASSERT_EQ(cut.exit_code, 0) << cut.err;
    const auto other = post("orchestrator-2", "k");
    const auto told = slow.get();

    EXPECT_EQ(other.status, 200) << other.body;
    EXPECT_EQ(told.status, 503) << told.body;
    EXPECT_EQ(told.headers.find("Retry-After").value_or(""), "2");
    EXPECT_NE(told.body.find("turn of this project was lost"), std::string::npos) << told.body;
    EXPECT_NE(told.body.find("Done: Created new sprint P1-S01"), std::string::npos) << told.body;
    EXPECT_EQ(post("orchestrator", "k").body, other.body);
    EXPECT_EQ(acts(), 1U);
    EXPECT_EQ(sprints(), 1U);
    EXPECT_EQ(cronjobs(), 1U);
    EXPECT_TRUE(all_told_once());
}

}  // namespace
}  // namespace dsm::testing

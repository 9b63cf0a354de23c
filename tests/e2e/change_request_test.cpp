// The validation steps of the change request, command for command, with real kubectl and curl.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>
#include <sstream>

#include "libs/testing/redis_server.hpp"
#include "tests/e2e/system.hpp"

namespace dsm::e2e {
namespace {

namespace json = boost::json;

constexpr const char* kCronJob = "run-dailyscrum-test-001-test-001-s12";

class ChangeRequest : public ::testing::Test {
protected:
    void SetUp() override {
        prepare_namespace();
        System::Options options;
        options.cluster = System::Cluster::kOutside;
        options.arguments = {"--import", fixture_path("recorded-existing-cronjob.json")};
        options.environment = {{"REDIS_HOST", "127.0.0.1"},
                               {"REDIS_PORT", std::to_string(redis_.port())}};
        system_ = std::make_unique<System>(std::move(options));
    }

    /// A cluster that is not ours must have the namespace, and nothing left of an earlier run.
    static void prepare_namespace() {
        if (outside_kubeconfig().empty()) return;
        const testing::ProcessEnvironment cluster{{"KUBECONFIG", outside_kubeconfig()}};
        testing::run_process({"kubectl", "create", "namespace", "dsm"}, cluster);
        testing::run_process({"kubectl", "delete", "cronjobs", "--all", "-n", "dsm"}, cluster);
    }

    std::vector<json::value> events() {
        const testing::Finished answer =
            testing::run_process({"redis-cli", "-p", std::to_string(redis_.port()), "--json",
                                  "XRANGE", "orchestration_events", "-", "+"});
        std::vector<json::value> documents;
        for (const json::value& entry : json::parse(answer.out).as_array()) {
            documents.push_back(json::parse(entry.at(1).at(1).as_string()));
        }
        return documents;
    }

    json::value decisions_in_chronicle() {
        const testing::Finished answer =
            system_->curl({system_->url("chronicle") +
                           "/v1/notes/daily_scrum_report?project_id=TEST-001&include=decisions"});
        return json::parse(answer.out);
    }

    testing::RedisServer redis_;
    std::unique_ptr<System> system_;
};

std::vector<std::string> words(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> result;
    for (std::string word; stream >> word;) result.push_back(word);
    return result;
}

TEST_F(ChangeRequest, ADeletedCronJobIsRecreatedNotedAndPublished) {
    const json::value recorded = fixture("recorded-missing-cronjob.json");
    const std::string reasoning(
        recorded.at("response").at("decisions").at("reasoning").as_string());

    const testing::Finished deleted =
        system_->kubectl({"delete", "cronjob", kCronJob, "-n", "dsm"});
    ASSERT_EQ(deleted.exit_code, 0) << deleted.err;
    const testing::Finished again = system_->kubectl({"delete", "cronjob", kCronJob, "-n", "dsm"});
    EXPECT_EQ(again.err, "Error from server (NotFound): cronjobs.batch \"" + std::string(kCronJob) +
                             "\" not found\n");
    EXPECT_EQ(again.exit_code, 1);

    EXPECT_EQ(system_->orchestrate("TEST-001"), recorded.at("response"));

    const testing::Finished got = system_->kubectl({"get", "cronjob", kCronJob, "-n", "dsm"});
    std::istringstream table(got.out);
    std::string head;
    std::string row;
    std::getline(table, head);
    std::getline(table, row);
    EXPECT_EQ(head,
              "NAME                                   SCHEDULE       TIMEZONE   SUSPEND   ACTIVE   "
              "LAST SCHEDULE   AGE");
    EXPECT_TRUE(
        row.starts_with("run-dailyscrum-test-001-test-001-s12   0 14 * * 1-5   <none>     False    "
                        " 0        <none>          "))
        << row;
    EXPECT_EQ(words(row).size(), 11U) << row;

    EXPECT_NE(system_->logs().find("Recreating the CronJob to ensure process continuity."),
              std::string::npos);
    ASSERT_TRUE(testing::eventually([&] { return !events().empty(); }));
    EXPECT_EQ(events().at(0).at("reasoning").as_string(), reasoning);
    EXPECT_EQ(events().at(0).at("orchestration_decision_details").at("path").as_string(), "heal");
    ASSERT_TRUE(testing::eventually(
        [&] { return decisions_in_chronicle().as_object().contains("notes"); }));
    EXPECT_EQ(decisions_in_chronicle().at("summary").as_string(), reasoning);
}

TEST_F(ChangeRequest, AnExistingCronJobIsLeftAlone) {
    const testing::Arguments version{
        "get", "cronjob", kCronJob, "-n", "dsm", "-o", "jsonpath={.metadata.resourceVersion}"};
    const std::string before = system_->kubectl(version).out;

    EXPECT_EQ(system_->orchestrate("TEST-001"),
              fixture("recorded-existing-cronjob.json").at("response"));
    EXPECT_EQ(system_->kubectl(version).out, before);
    ASSERT_TRUE(testing::eventually([&] { return events().size() == 1; }));
    EXPECT_EQ(events().at(0).at("orchestration_decision_details").at("path").as_string(),
              "monitor");
}

TEST_F(ChangeRequest, TheRecreatedCronJobSurvivesAKill) {
    system_->kubectl({"delete", "cronjob", kCronJob, "-n", "dsm"});
    system_->orchestrate("TEST-001");

    system_->process().signal(SIGKILL);
    ASSERT_TRUE(system_->process().wait(std::chrono::seconds(60)));
    system_->start_again();

    EXPECT_EQ(system_->kubectl({"get", "cronjob", kCronJob, "-n", "dsm"}).exit_code, 0);
    EXPECT_EQ(system_->orchestrate("TEST-001"),
              fixture("recorded-existing-cronjob.json").at("response"));
    ASSERT_TRUE(testing::eventually([&] { return events().size() == 2; }));
}

}  // namespace
}  // namespace dsm::e2e

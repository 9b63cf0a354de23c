// What `dsm up` and the client commands refuse, how they say it, and that nothing changes then.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

namespace fs = std::filesystem;

Finished dsm(Arguments arguments, ProcessEnvironment environment = {}) {
    arguments.insert(arguments.begin(), dsm_binary());
    return run_process(arguments, clean(std::move(environment)));
}

TEST(UpRefusals, ListEveryBadSettingAndExitWith2) {
    TemporaryFolder folder;

    const auto up = dsm({"up", "--data", folder.file("data"), "--k8s-namespace", "Not-A-Label"},
                        {{"REDIS_PORT", "abc"}, {"LOG_LEVEL", "loud"}});

    EXPECT_EQ(up.exit_code, 2);
    for (const char* part : {"3 settings are wrong", "REDIS_PORT=abc", "LOG_LEVEL=loud",
                             "K8S_NAMESPACE=Not-A-Label (flag)"}) {
        EXPECT_NE(up.err.find(part), std::string::npos) << up.err;
    }
    EXPECT_FALSE(fs::exists(folder.file("data")));
}

struct BadUsage {
    Arguments arguments;
    const char* says;
};

TEST(UpRefusals, AnswerWrongUsageWith2) {
    const BadUsage table[] = {
        {{}, "orchestrate  "},
        {{"dance"}, "dance"},
        {{"up", "--now", "tomorrow"}, "--now must be a time"},
        {{"up", "--context", "x"}, "--context needs --kubeconfig"},
        {{"orchestrate"}, "name one project, or give --all"},
        {{"orchestrate", "P", "--all"}, "not both"},
        {{"orchestrate", "P", "--weeks", "two"}, "--weeks"},
        {{"orchestrate", "P", "--weeks", "0"}, "--weeks"},
        {{"orchestrate", "P", "--max-tasks", "1001"}, "--max-tasks"},
        {{"serve", "kitchen"}, "name project, backlog, sprint, chronicle or orchestrator"},
        {{"serve", "0"}, "there is no service 0"},
        {{"import"}, "name a workspace file, or give --sample"},
        {{"import", "a.json", "--sample"}, "--sample"},
    };
    for (const auto& row : table) {
        const auto finished = dsm(row.arguments);

        EXPECT_EQ(finished.exit_code, 2) << row.says;
        EXPECT_NE(finished.err.find(row.says), std::string::npos) << finished.err;
    }
}

TEST(Dsm, TellsItsVersion) {
    const auto version = dsm({"--version"});

    EXPECT_EQ(version.exit_code, 0) << version.err;
    EXPECT_TRUE(version.out.starts_with("dsm ")) << version.out;
}

TEST(UpRefusals, SayWhatToDoWhenNothingRuns) {
    TemporaryFolder folder;
    const Arguments table[] = {
        {"status"}, {"orchestrate", "P"}, {"orchestrate", "--all"}, {"export"}, {"events"}};
    for (auto arguments : table) {
        arguments.insert(arguments.end(), {"--data", folder.path()});

        const auto finished = dsm(arguments);

        EXPECT_EQ(finished.exit_code, 4) << arguments.front();
        EXPECT_NE(finished.err.find(folder.path()), std::string::npos) << finished.err;
        EXPECT_NE(finished.err.find("`dsm up`"), std::string::npos) << finished.err;
    }
}

TEST(UpRefusals, StartNothingWithABadImport) {
    TemporaryFolder folder;
    const auto whole = read_file(fixture_path("recorded-missing-cronjob.json"));
    std::ofstream(folder.file("cut.json")) << whole.substr(0, whole.size() / 2);
    std::ofstream(folder.file("bad.json"))
        << R"({"workspace": {"tasks": [{"task_id": 7}], "pto": 1}})";

    const auto up = dsm({"up", "--data", folder.file("data"), "--import", folder.file("cut.json"),
                         "--import", folder.file("bad.json")});

    EXPECT_EQ(up.exit_code, 1);
    for (const char* part : {"cut.json: the file ends too early", "workspace.pto: must be a list",
                             "workspace.tasks[0].task_id: must be a string"}) {
        EXPECT_NE(up.err.find(part), std::string::npos) << up.err;
    }
    EXPECT_FALSE(fs::exists(folder.file("data")));
}

TEST(UpRefusals, LetASecondUpOnTheSameDirectoryChangeNothing) {
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();
    const auto endpoints = read_file(system.endpoints_path());

    const auto second =
        system.run({"up", "--port-base", "0", "--now", "2001-01-01T00:00:00Z", "--sample"});

    EXPECT_EQ(second.exit_code, 5);
    EXPECT_NE(second.err.find("another `dsm up` runs on " + system.data()), std::string::npos)
        << second.err;
    EXPECT_EQ(read_file(system.endpoints_path()), endpoints);
    EXPECT_EQ(system.wire("project").get("/projects").body, "[]");
    EXPECT_EQ(system.end(SIGTERM), 0);
}

TEST(UpRefusals, NameThePortThatIsInUse) {
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();
    TemporaryFolder folder;
    const std::string url(
        boost::json::parse(read_file(system.endpoints_path())).at("orchestrator").as_string());
    const auto port = url.substr(url.rfind(':') + 1);

    const auto up = dsm({"up", "--data", folder.file("data"), "--port-base", port});

    EXPECT_EQ(up.exit_code, 4);
    EXPECT_NE(up.err.find("127.0.0.1:" + port + " (orchestrator)"), std::string::npos) << up.err;
    EXPECT_NE(up.err.find("--port-base N (0 takes free ones)"), std::string::npos) << up.err;
    EXPECT_FALSE(fs::exists(folder.file("data/endpoints.json")));
}

TEST(UpRefusals, WantANamespaceThatExistsInAForeignCluster) {
    RunningSystem cluster;
    ASSERT_TRUE(cluster.start()) << cluster.log();
    const Arguments foreign = {"--kubeconfig", cluster.data() + "/kubeconfig"};
    RunningSystem system;

    EXPECT_FALSE(system.start(foreign, {{"K8S_NAMESPACE", "nowhere"}}));
    EXPECT_NE(system.log().find("kubectl create namespace nowhere"), std::string::npos)
        << system.log();
    ASSERT_TRUE(system.start(foreign)) << system.log();
    const auto endpoints = boost::json::parse(read_file(system.endpoints_path()));
    EXPECT_EQ(endpoints.at("kubeconfig").as_string(), cluster.data() + "/kubeconfig");
}

TEST(UpRefusals, TellANotFoundFromARefusal) {
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"})) << system.log();

    const auto unknown = system.run({"orchestrate", "NOBODY"});
    const auto bad_schedule = system.run({"orchestrate", "TEST-001", "--schedule", "at noon"});

    EXPECT_EQ(unknown.exit_code, 3) << unknown.err;
    EXPECT_NE(unknown.err.find("NOBODY"), std::string::npos) << unknown.err;
    EXPECT_EQ(bad_schedule.exit_code, 2) << bad_schedule.err;
    EXPECT_NE(bad_schedule.err.find("dsm: --schedule: "), std::string::npos) << bad_schedule.err;
    EXPECT_EQ(system.run({"status", "NOBODY"}).exit_code, 3);
}

}  // namespace
}  // namespace dsm::testing

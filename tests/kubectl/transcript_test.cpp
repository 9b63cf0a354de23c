// Real kubectl can't tell the embedded cluster from the real one of the record.
#include "tests/kubectl/transcript.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cluster/service.hpp"
#include "libs/testing/process.hpp"

namespace dsm::testing {
namespace {

const std::string kFolder = std::string(DSM_SOURCE_DIR) + "/tests/kubectl/";

/// "1.33" of the kubectl that a cluster's answers would be shown by; "" when there is none.
std::string minor_version(const std::string& kubectl, const std::string& kubeconfig,
                          const std::string& home) {
    const Finished done = run_process({kubectl, "version", "-o", "json"},
                                      {{"KUBECONFIG", kubeconfig}, {"HOME", home}});
    boost::system::error_code bad;
    const auto parsed = boost::json::parse(done.out, bad);
    if (bad) return {};
    const auto& version = parsed.at("clientVersion");
    std::string minor(version.at("minor").as_string());
    while (!minor.empty() && !std::isdigit(static_cast<unsigned char>(minor.back()))) {
        minor.pop_back();
    }
    return std::string(version.at("major").as_string()) + "." + minor;
}

/// The steps that this kubectl words otherwise on any cluster.
std::set<std::string> allowed_to_differ(const std::string& version) {
    const auto lists = boost::json::parse(read_file(kFolder + "differences.json"));
    std::set<std::string> steps;
    const auto* list = lists.as_object().if_contains(version);
    if (!list) return steps;
    for (const auto& step : list->as_array()) steps.emplace(step.as_string());
    return steps;
}

std::string difference(const Step& step, const Printed& got) {
    return fmt::format("$ kubectl {}\n--- recorded, exit {}\n{}\n{}\n+++ here, exit {}\n{}\n{}\n",
                       step.arguments, step.recorded.exit_code, step.recorded.out,
                       step.recorded.err, got.exit_code, got.out, got.err);
}

TEST(KubectlTranscript, PrintsOnTheEmbeddedClusterWhatItPrintedOnARealOne) {
    const char* chosen = std::getenv("DSM_TEST_KUBECTL");
    const std::string kubectl = chosen ? chosen : "kubectl";
    TemporaryFolder folder;
    rt::SystemClock clock;
    const auto random = rt::make_system_random();
    cluster::Cluster cluster({.data_dir = folder.path() + "/data"}, clock, *random);
    ASSERT_TRUE(cluster.start());
    const std::string version = minor_version(kubectl, cluster.kubeconfig_path(), folder.path());
    ASSERT_NE(version, "") << "no kubectl here: install one (apt-get install kubernetes-client, or "
                              "https://kubernetes.io/docs/tasks/tools/), or name one in "
                              "DSM_TEST_KUBECTL";
    const Transcript transcript = read_transcript(kFolder + "kubectl-1.34.json");

    const auto printed = play(transcript, kubectl, cluster.kubeconfig_path(),
                              "transcript-" + random->hex(3), folder.path());

    const auto allowed = allowed_to_differ(version);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < transcript.steps.size(); ++i) {
        const Step& step = transcript.steps[i];
        equal += step.recorded == printed[i] ? 1 : 0;
        if (step.recorded == printed[i]) continue;
        const bool may = allowed.contains(step.arguments);
        EXPECT_TRUE(may) << difference(step, printed[i]);
    }
    RecordProperty("kubectl", version);
    RecordProperty("steps_equal", std::to_string(equal));
}

TEST(KubectlTranscript, SplitsLinesAsAShellDoes) {
    EXPECT_EQ(split_arguments("get cj -l 'a in (b,c)' -p '{\"x\": 1}'"),
              (std::vector<std::string>{"get", "cj", "-l", "a in (b,c)", "-p", "{\"x\": 1}"}));
}

TEST(KubectlTranscript, KeepsWhatTwoClustersMustAgreeOn) {
    EXPECT_EQ(normalise("x0   0 14 * * 1-5   False    12s\n", "ns", "/f"),
              "x0 0 14 * * 1-5 False <age>");
    EXPECT_EQ(normalise("resourceVersion: \"12\" in transcript-1", "transcript-1", "/f"),
              "resourceVersion: <rv> in <ns>");
}

}  // namespace
}  // namespace dsm::testing

// Real kubectl can't tell the embedded cluster from the real one of the record.
#include "tests/kubectl/transcript.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <ranges>

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

/// What this kubectl prints otherwise than 1.33 on any cluster, by the step: recorded on the real
/// one too, or, where that was not possible, nothing but that it differs.
std::map<std::string, std::optional<Printed>> other_words(const std::string& file,
                                                          const std::string& version) {
    const auto lists = boost::json::parse(read_file(kFolder + file));
    std::map<std::string, std::optional<Printed>> words;
    const auto* list = lists.as_object().if_contains(version);
    if (!list) return words;
    for (const auto& entry : list->as_array()) {
        if (entry.is_string()) {
            words[std::string(entry.as_string())] = std::nullopt;
        } else {
            const Step step = read_step(entry);
            words[step.arguments] = step.recorded;
        }
    }
    return words;
}

std::string difference(const Step& step, const Printed& got) {
    return fmt::format("$ kubectl {}\n--- recorded, exit {}\n{}\n{}\n+++ here, exit {}\n{}\n{}\n",
                       step.arguments, step.recorded.exit_code, step.recorded.out,
                       step.recorded.err, got.exit_code, got.out, got.err);
}

/// One kubectl of this machine, under a name that a test may have.
struct Kubectl {
    std::string name;
    std::string path;
};

void PrintTo(const Kubectl& kubectl, std::ostream* out) {
    *out << kubectl.path;
}

/// The usual one (or DSM_TEST_KUBECTL), and every `kubectl.1.NN` beside the file that it links to:
/// some packages bring one for each version.
std::vector<Kubectl> kubectls_of_this_machine() {
    namespace fs = std::filesystem;
    if (const char* chosen = std::getenv("DSM_TEST_KUBECTL")) return {{"chosen", chosen}};
    std::vector<Kubectl> found{{"kubectl", "kubectl"}};
    const char* path = std::getenv("PATH");
    for (const auto part : std::views::split(std::string_view(path ? path : ""), ':')) {
        std::error_code none;
        const fs::path file = fs::canonical(fs::path(part.begin(), part.end()) / "kubectl", none);
        if (none) continue;
        for (const auto& entry : fs::directory_iterator(file.parent_path(), none)) {
            std::string name = entry.path().filename();
            if (!name.starts_with("kubectl.1.")) continue;
            std::ranges::replace(name, '.', '_');
            found.push_back({name, entry.path()});
        }
        break;
    }
    std::ranges::sort(found, {}, &Kubectl::name);
    return found;
}

class KubectlRecord : public ::testing::TestWithParam<Kubectl> {};

INSTANTIATE_TEST_SUITE_P(Of, KubectlRecord, ::testing::ValuesIn(kubectls_of_this_machine()),
                         [](const auto& info) { return info.param.name; });

/// Plays a record with one kubectl on a fresh embedded cluster. Every step must print what the real
/// cluster printed, but for those that say why they can't.
void play_record(const std::string& kubectl, const std::string& name) {
    TemporaryFolder folder;
    rt::SystemClock clock;
    const auto random = rt::make_system_random();
    cluster::Cluster cluster({.data_dir = folder.path() + "/data"}, clock, *random);
    ASSERT_TRUE(cluster.start());
    const std::string version = minor_version(kubectl, cluster.kubeconfig_path(), folder.path());
    ASSERT_NE(version, "") << "no kubectl here: install one (apt-get install kubernetes-client, or "
                              "https://kubernetes.io/docs/tasks/tools/), or name one in "
                              "DSM_TEST_KUBECTL";
    const Transcript transcript = read_transcript(kFolder + name + ".json");

    const auto printed = play(transcript, kubectl, cluster.kubeconfig_path(),
                              "transcript-" + random->hex(3), folder.path());

    const auto others = other_words(name + "-differences.json", version);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < transcript.steps.size(); ++i) {
        Step step = transcript.steps[i];
        if (const auto other = others.find(step.arguments); other != others.end()) {
            if (!other->second) continue;
            step.recorded = *other->second;
        }
        const bool same = step.recorded == printed[i];
        equal += same ? 1 : 0;
        EXPECT_NE(same, step.differs) << difference(step, printed[i]);
    }
    ::testing::Test::RecordProperty("kubectl", version);
    ::testing::Test::RecordProperty("steps_equal", std::to_string(equal));
}

TEST_P(KubectlRecord, PrintsOnTheEmbeddedClusterWhatItPrintedOnARealOne) {
    play_record(GetParam().path, "kubectl-1.34");
}

TEST(KubectlSweep, PrintsOnTheEmbeddedClusterWhatItPrintedOnARealOne) {
    const char* chosen = std::getenv("DSM_TEST_KUBECTL");
    play_record(chosen ? chosen : "kubectl", "sweep-1.34");
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

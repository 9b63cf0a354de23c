// NO-SECRET where it is hardest to keep: when those who are shown a password refuse it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "libs/testing/wire.hpp"
#include "tests/chaos/scene.hpp"
#include "tests/chaos/theatre.hpp"
#include "tests/chaos/witness.hpp"

namespace dsm::chaos {
namespace {

constexpr const char* kRefused = "a-secret-that-is-refused";

/// The breaches of NO-SECRET alone; the rest of this history is not whole.
std::string told_secrets(const History& history) {
    auto breaches = check(history);
    std::erase_if(breaches, [](const Breach& one) { return one.promise != "NO-SECRET"; });
    return describe(breaches);
}

/// A copy of the kubeconfig with another token.
std::string kubeconfig_with_token(const Stage& stage, const std::string& file,
                                  const std::string& token) {
    std::string text = testing::read_file(stage.cluster.kubeconfig());
    const auto at = text.find(stage.cluster.token());
    if (at != std::string::npos) text.replace(at, stage.cluster.token().size(), token);
    std::ofstream(file) << text;
    return file;
}

TEST(Secrets, AreNotInWhatAStartSaysToWhichPostgresqlRefusesThem) {
    const testing::TemporaryFolder folder;
    const PostgresqlBeside server("a-postgresql-password-of-the-chaos");
    auto environment = server.environment("postgres");
    environment["POSTGRES_PASSWORD"] = kRefused;
    const auto ended = testing::run_process(
        {DSM_BINARY, "up", "--data", folder.file("data"), "--port-base", "0"}, environment);
    const std::string log = testing::read_file(folder.file("data/dsm.log"));

    EXPECT_GT(ended.exit_code, 0);
    EXPECT_NE(ended.err, "");
    EXPECT_FALSE((ended.out + ended.err + log).contains(kRefused)) << ended.err << log;
}

TEST(Secrets, AreNotInWhatIsShownOfARedisAndAClusterThatRefuseThem) {
    const testing::TemporaryFolder folder;
    Theatre theatre(DSM_BINARY, StoreKind::kSqlite);
    Stage& stage = theatre.stage();
    stage.environment["REDIS_PASSWORD"] = kRefused;
    stage.kubeconfig = kubeconfig_with_token(stage, folder.file("kubeconfig"), kRefused);
    stage.secrets.emplace_back(kRefused);
    const Cell nothing{.point = "secrets"};
    Scene scene(stage, nothing, "secrets");
    scene.begin(false);
    scene.victim().ensure_running();
    History& history = scene.told().history;
    history.secrets = stage.secrets;
    const auto said = [&] { return outputs_of(history) + scene.victim().log(); };

    EXPECT_TRUE(testing::eventually([&] {
        history.outputs.clear();
        history.replies.push_back(scene.post("c", ""));
        overhear(scene.victim(), history);
        return said().contains("the password was refused");
    }));
    EXPECT_TRUE(said().contains("401")) << "the cluster took the token: " << said();
    history.outputs.push_back({"dsm.log", scene.victim().log()});
    EXPECT_EQ(told_secrets(history), "");
}

}  // namespace
}  // namespace dsm::chaos

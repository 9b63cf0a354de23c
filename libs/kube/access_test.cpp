// Where the cluster's address and our credentials come from, and what is refused.
#include "libs/kube/access.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libs/base/digest.hpp"
#include "libs/testing/process.hpp"

namespace dsm::kube {
namespace {

using ::dsm::testing::TemporaryFolder;

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

/// A kubeconfig of one context, `dev`, whose cluster and user are given as YAML flow maps.
std::string config_of(const std::string& cluster, const std::string& user) {
    return "current-context: dev\n"
           "contexts: [{name: dev, context: {cluster: c, user: u, namespace: dsm}}]\n"
           "clusters: [{name: c, cluster: " +
           cluster + "}]\nusers: [{name: u, user: " + user + "}]\n";
}

const std::string kPlainCluster = "{server: 'https://h:6443/'}";

Result<Access> load(const std::string& text, AccessSettings settings = {}) {
    TemporaryFolder folder;
    settings.kubeconfig = folder.file("config");
    write(settings.kubeconfig, text);
    return load_access(settings, {});
}

TEST(Access, RefusesWhatItCannotHonourAndSaysWhat) {
    struct Row {
        std::string sentence;
        std::string cluster;
        std::string user;
        std::string expected;
    };
    const std::vector<Row> rows{
        {"a proxy", "{server: 'https://h', proxy-url: 'http://p'}", "{}", "proxy-url"},
        {"an exec plugin", kPlainCluster, "{exec: {command: aws}}", "exec"},
        {"an auth provider", kPlainCluster, "{auth-provider: {name: gcp}}", "auth-provider"},
        {"a password", kPlainCluster, "{username: a, password: b}", "username"},
        {"impersonation", kPlainCluster, "{token: t, as: admin}", "impersonates"},
        {"a skipped check", "{server: 'https://h', insecure-skip-tls-verify: true}", "{}",
         "insecure-skip-tls-verify"},
        {"no scheme", "{server: 'h:6443'}", "{}", "must begin with https://"},
        {"half a certificate", kPlainCluster, "{client-certificate-data: YQ==}", "only one of"},
        {"bad base64", "{server: 'https://h', certificate-authority-data: '%%'}", "{}",
         "certificate-authority-data"},
        {"a missing CA file", "{server: 'https://h', certificate-authority: gone.crt}", "{}",
         "gone.crt"},
        {"a missing token file", kPlainCluster, "{tokenFile: gone}", "tokenFile"},
        {"a list as server", "{server: [a]}", "{}", "server of cluster c is not a text"},
    };
    for (const Row& row : rows) {
        const auto access = load(config_of(row.cluster, row.user));

        ASSERT_FALSE(access) << row.sentence;
        EXPECT_EQ(access.error().code, ErrorCode::kInvalid) << row.sentence;
        EXPECT_TRUE(access.error().message.contains(row.expected)) << access.error().message;
    }
}

TEST(Access, SaysWhichFileIsNoKubeconfigWithoutQuotingIt) {
    const auto broken = load("users: [{name: u, user: {token: s3cret}}\n  - x: ]");
    const auto list = load("- 1\n- 2\n");
    const auto odd = load("contexts: nothing\ncurrent-context: a\n");

    for (const auto& access : {broken, list, odd}) {
        ASSERT_FALSE(access);
        EXPECT_EQ(access.error().code, ErrorCode::kInvalid);
        EXPECT_TRUE(access.error().message.contains("/config")) << access.error().message;
        EXPECT_FALSE(access.error().message.contains("s3cret")) << access.error().message;
    }
}

TEST(Access, NamesTheContextsThatExistWhenTheAskedOneDoesNot) {
    const auto access = load(config_of(kPlainCluster, "{}"), {.context = "prod"});

    ASSERT_FALSE(access);
    EXPECT_TRUE(access.error().message.contains("no context prod (it has: dev)"));
}

TEST(Access, TakesServerTokenNamespaceAndTrustOfTheContext) {
    const auto access =
        load(config_of("{server: 'https://h:6443/', tls-server-name: api.local, "
                       "certificate-authority-data: " +
                           base64_encode("CA PEM") + "}",
                       "{token: abc, client-certificate-data: " + base64_encode("CERT") +
                           ", client-key-data: " + base64_encode("KEY") + "}"));

    ASSERT_TRUE(access) << access.error().message;
    EXPECT_EQ(access->server, "https://h:6443");
    EXPECT_EQ(access->token, "abc");
    EXPECT_EQ(access->name_space, "dsm");
    EXPECT_EQ(access->tls.ca_pem, "CA PEM");
    EXPECT_EQ(access->tls.client_certificate_pem, "CERT");
    EXPECT_EQ(access->tls.client_key_pem, "KEY");
    EXPECT_EQ(access->tls.server_name, "api.local");
    EXPECT_FALSE(access->tls.insecure_skip_verify);
}

TEST(Access, SkipsTheServerCheckOnlyWhenAskedTo) {
    const auto access =
        load(config_of("{server: 'https://h', insecure-skip-tls-verify: true}", "{}"),
             {.insecure = InsecureTls::kAllow});

    ASSERT_TRUE(access) << access.error().message;
    EXPECT_TRUE(access->tls.insecure_skip_verify);
}

TEST(Access, ATokenWinsOverAnExecPlugin) {
    const auto access = load(config_of(kPlainCluster, "{token: t, exec: {command: aws}}"));

    ASSERT_TRUE(access) << access.error().message;
    EXPECT_EQ(access->token, "t");
}

TEST(Access, ResolvesRelativePathsAgainstTheirOwnFileAndPrefersData) {
    TemporaryFolder folder;
    std::filesystem::create_directory(folder.file("pki"));
    write(folder.file("pki/ca.crt"), "CA OF FILE");
    write(folder.file("pki/token"), "t\n");
    write(folder.file("pki/me.crt"), "CERT OF FILE");
    write(folder.file("pki/me.key"), "KEY OF FILE");
    write(folder.file("config"),
          config_of("{server: 'https://h', certificate-authority: pki/ca.crt}",
                    "{tokenFile: pki/token, client-certificate: pki/me.crt, client-key: "
                    "pki/me.key, client-key-data: " +
                        base64_encode("KEY OF DATA") + "}"));

    const auto access = load_access({.kubeconfig = folder.file("config")}, {});

    ASSERT_TRUE(access) << access.error().message;
    EXPECT_EQ(access->tls.ca_pem, "CA OF FILE");
    EXPECT_EQ(access->tls.client_certificate_pem, "CERT OF FILE");
    EXPECT_EQ(access->tls.client_key_pem, "KEY OF DATA");
    EXPECT_EQ(access->token_file, folder.file("pki/token"));
}

TEST(Access, MergesTheFilesOfKubeconfigAndTheFirstWins) {
    TemporaryFolder folder;
    write(folder.file("a"), "current-context: dev\nusers: [{name: u, user: {token: first}}]\n");
    write(folder.file("b"), config_of(kPlainCluster, "{token: second}"));
    const std::string list = folder.file("gone") + ":" + folder.file("a") + "::" + folder.file("b");

    const auto access = load_access({}, {.kubeconfig_variable = list});

    ASSERT_TRUE(access) << access.error().message;
    EXPECT_EQ(access->token, "first");
    EXPECT_EQ(access->server, "https://h:6443");
}

TEST(Access, LooksInTheFlagThenTheVariableThenTheHomeThenThePod) {
    TemporaryFolder folder;
    std::filesystem::create_directories(folder.file(".kube"));
    std::filesystem::create_directories(folder.file("account"));
    write(folder.file("flag"), config_of("{server: 'https://flag'}", "{}"));
    write(folder.file("variable"), config_of("{server: 'https://variable'}", "{}"));
    write(folder.file(".kube/config"), config_of("{server: 'https://home'}", "{}"));
    write(folder.file("account/token"), "pod-token\n");
    write(folder.file("account/ca.crt"), "POD CA");
    write(folder.file("account/namespace"), "scrum\n");
    Surroundings surroundings{.kubeconfig_variable = folder.file("variable"),
                              .home = folder.path(),
                              .service_host = "fd00::1",
                              .service_port = "443",
                              .service_account = folder.file("account")};

    EXPECT_EQ(load_access({.kubeconfig = folder.file("flag")}, surroundings)->server,
              "https://flag");
    EXPECT_EQ(load_access({}, surroundings)->server, "https://variable");
    surroundings.kubeconfig_variable.clear();
    EXPECT_EQ(load_access({}, surroundings)->server, "https://home");
    surroundings.home = folder.file("nobody");
    const auto pod = load_access({}, surroundings);
    ASSERT_TRUE(pod) << pod.error().message;
    EXPECT_EQ(pod->server, "https://[fd00::1]:443");
    EXPECT_EQ(pod->token, "pod-token");
    EXPECT_EQ(pod->tls.ca_pem, "POD CA");
    EXPECT_EQ(pod->name_space, "scrum");
    surroundings.pod_namespace = "own";
    EXPECT_EQ(load_access({}, surroundings)->name_space, "own");
}

TEST(Access, SaysThatThereIsNoConfigurationAndThatANamedFileIsMissing) {
    const auto nowhere = load_access({}, {});
    const auto listed = load_access({}, {.kubeconfig_variable = "/gone/a:/gone/b"});
    const auto named = load_access({.kubeconfig = "/gone/config"}, {});

    EXPECT_EQ(nowhere.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(listed.error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(listed.error().message.contains("/gone/a:/gone/b"));
    EXPECT_EQ(named.error().code, ErrorCode::kInvalid);
    EXPECT_TRUE(named.error().message.contains("/gone/config"));
}

}  // namespace
}  // namespace dsm::kube

// Which changes of a configuration's files a running client follows, and which it must not.
#include "libs/kube/credentials.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libs/testing/process.hpp"

namespace dsm::kube {
namespace {

/// Steady time that a test moves.
class SteadyByHand final : public rt::Clock {
public:
    Instant wall() const override { return {}; }
    rt::Steady steady() const override { return now; }
    rt::Steady now{};
};

class ChangedFiles : public ::testing::Test {
protected:
    void SetUp() override {
        make_pair("one");
        make_pair("two");
        install("one");
        write_config("https://127.0.0.1:1", "first");
    }

    void make_pair(const std::string& name) {
        const auto done = testing::run_process(
            {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", folder_.file(name + ".key"),
             "-out", folder_.file(name + ".crt")});
        ASSERT_EQ(done.exit_code, 0) << done.err;
    }
    void copy(const std::string& from, const std::string& to) {
        std::filesystem::copy_file(folder_.file(from), folder_.file(to),
                                   std::filesystem::copy_options::overwrite_existing);
    }
    void install(const std::string& name) {
        copy(name + ".crt", "ca.crt");
        copy(name + ".crt", "client.crt");
        copy(name + ".key", "client.key");
    }
    void write_config(const std::string& server, const std::string& token,
                      const std::string& current = "dev") {
        std::ofstream(folder_.file("config"))
            << "current-context: " << current << "\ncontexts:\n"
            << "- {name: dev, context: {cluster: c, user: u}}\n"
            << "- {name: other, context: {cluster: c, user: stranger}}\nclusters:\n"
            << "- {name: c, cluster: {server: '" << server
            << "', certificate-authority: ca.crt}}\nusers:\n- {name: u, user: {token: " << token
            << ", client-certificate: client.crt, client-key: client.key}}\n"
            << "- {name: stranger, user: {token: not-ours}}\n";
    }
    Credentials credentials() {
        auto access = load_access({.kubeconfig = folder_.file("config")}, {});
        if (!access) throw std::runtime_error(access.error().message);
        return {std::move(*access), clock_};
    }
    std::string content(const std::string& name) { return testing::read_file(folder_.file(name)); }

    testing::TemporaryFolder folder_;
    SteadyByHand clock_;
};

TEST_F(ChangedFiles, AreFollowedWithinAMinute) {
    auto followed = credentials();
    install("two");
    write_config("https://127.0.0.1:1", "second");

    clock_.now += std::chrono::seconds(49);
    followed.follow();
    EXPECT_EQ(followed.token(), "first");
    EXPECT_EQ(followed.generation(), 0);
    clock_.now += std::chrono::seconds(1);
    followed.follow();
    EXPECT_EQ(followed.token(), "second");
    EXPECT_EQ(followed.generation(), 1);
    EXPECT_EQ(followed.tls().ca_pem, content("two.crt"));
    EXPECT_EQ(followed.tls().client_key_pem, content("two.key"));
}

TEST_F(ChangedFiles, AreFollowedAtOnceWhenACallFailed) {
    auto followed = credentials();

    EXPECT_FALSE(followed.renew());
    install("two");
    EXPECT_TRUE(followed.renew());
    EXPECT_EQ(followed.tls().ca_pem, content("two.crt"));
    EXPECT_FALSE(followed.renew());
    write_config("https://127.0.0.1:1", "second");
    EXPECT_TRUE(followed.renew());
    EXPECT_EQ(followed.token(), "second");
}

TEST_F(ChangedFiles, ChangeNothingWhileACertificateIsThereWithoutItsKey) {
    auto followed = credentials();
    copy("two.crt", "client.crt");

    EXPECT_FALSE(followed.renew());
    EXPECT_EQ(followed.tls().client_certificate_pem, content("one.crt"));
    copy("two.key", "client.key");
    EXPECT_TRUE(followed.renew());
    EXPECT_EQ(followed.tls().client_certificate_pem, content("two.crt"));
}

TEST_F(ChangedFiles, ChangeNothingWhileTheyAreGoneOrNoConfiguration) {
    auto followed = credentials();

    for (const char* broken : {"", "{", "contexts: []"}) {
        std::ofstream(folder_.file("config")) << broken;
        EXPECT_FALSE(followed.renew()) << broken;
    }
    std::filesystem::remove(folder_.file("config"));
    EXPECT_FALSE(followed.renew());
    EXPECT_EQ(followed.token(), "first");
}

TEST_F(ChangedFiles, NeverLeadToAnotherServerOrAnotherContext) {
    auto followed = credentials();
    write_config("https://127.0.0.1:2", "of-the-other-server");
    EXPECT_FALSE(followed.renew());
    EXPECT_EQ(followed.token(), "first");

    write_config("https://127.0.0.1:1", "second", "other");
    EXPECT_TRUE(followed.renew());
    EXPECT_EQ(followed.token(), "second");
}

TEST_F(ChangedFiles, OfAPodAreFollowedToo) {
    const auto account = folder_.file("account");
    std::filesystem::create_directory(account);
    copy("one.crt", "account/ca.crt");
    std::ofstream(account + "/token") << "first";
    auto access = load_access(
        {}, {.service_host = "10.0.0.1", .service_port = "443", .service_account = account});
    ASSERT_TRUE(access) << access.error().message;
    Credentials followed(std::move(*access), clock_);
    EXPECT_EQ(followed.token(), "first");

    copy("two.crt", "account/ca.crt");
    std::ofstream(account + "/token") << "second";

    EXPECT_TRUE(followed.renew());
    EXPECT_EQ(followed.token(), "second");
    EXPECT_EQ(followed.tls().ca_pem, content("two.crt"));
}

}  // namespace
}  // namespace dsm::kube

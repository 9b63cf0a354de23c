// Certificates, tokens and the kubeconfig.
#include "cluster/identity/identity.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "libs/testing/process.hpp"

namespace dsm::cluster {
namespace {

using dsm::testing::read_file;
using dsm::testing::TemporaryFolder;

TEST(Identity, StaysTheSameOverRestarts) {
    TemporaryFolder folder;
    const auto random = rt::make_seeded_random(1);
    const auto first = open_identity(folder.path(), "127.0.0.1", {"dev"}, *random);
    ASSERT_TRUE(first);

    const auto second = open_identity(folder.path(), "127.0.0.1", {"dev"}, *random);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->certificates.ca_pem, first->certificates.ca_pem);
    EXPECT_EQ(second->admin_token, first->admin_token);
    EXPECT_EQ(second->users.size(), 2);
}

TEST(Identity, IsMadeAnewWhenAFileIsBroken) {
    TemporaryFolder folder;
    const auto random = rt::make_seeded_random(1);
    const auto first = open_identity(folder.path(), "127.0.0.1", {}, *random);
    ASSERT_TRUE(write_private_file(folder.path() + "/server.key", "no key"));

    const auto second = open_identity(folder.path(), "127.0.0.1", {}, *random);
    ASSERT_TRUE(second);
    EXPECT_NE(second->certificates.ca_pem, first->certificates.ca_pem);
    EXPECT_EQ(second->admin_token, first->admin_token);
    EXPECT_TRUE(still_good(second->certificates, "127.0.0.1"));
}

TEST(Identity, ServesTheAddressItWasMadeForAndLoopback) {
    const auto random = rt::make_seeded_random(1);
    const auto made = make_certificates("10.1.2.3", *random);
    ASSERT_TRUE(made);

    EXPECT_TRUE(still_good(*made, "10.1.2.3"));
    EXPECT_TRUE(still_good(*made, "127.0.0.1"));
    EXPECT_TRUE(still_good(*made, "::1"));
    EXPECT_FALSE(still_good(*made, "10.1.2.4"));
}

TEST(Identity, KeepsItsFilesToItsOwner) {
    TemporaryFolder folder;
    const auto random = rt::make_seeded_random(1);
    ASSERT_TRUE(open_identity(folder.path(), "127.0.0.1", {}, *random));

    for (const char* name : {"server.key", "token", "ca.crt"}) {
        struct stat status{};
        ASSERT_EQ(::stat(folder.file(name).c_str(), &status), 0) << name;
        EXPECT_EQ(status.st_mode & 0777, 0600) << name;
    }
}

TEST(Identity, ReplacesAFileThatOthersCouldRead) {
    TemporaryFolder folder;
    const std::string path = folder.file("kubeconfig");
    ASSERT_TRUE(write_private_file(path, "old"));
    ::chmod(path.c_str(), 0644);

    ASSERT_TRUE(write_private_file(path, "new"));
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600);
    EXPECT_EQ(read_file(path), "new");
}

}  // namespace
}  // namespace dsm::cluster

// When a token file is read again, and what happens while it cannot be.
#include "libs/kube/token_source.hpp"

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

class TokenFile : public ::testing::Test {
protected:
    void write(const std::string& text) { std::ofstream(file_) << text; }

    testing::TemporaryFolder folder_;
    std::string file_ = folder_.file("token");
    SteadyByHand clock_;
};

TEST_F(TokenFile, IsReadAgainWhenItIsOlderThanFiftySeconds) {
    write(" first\n");
    TokenSource source("", file_, clock_);
    EXPECT_EQ(source.current(), "first");
    write("second");

    clock_.now += std::chrono::seconds(49);
    EXPECT_EQ(source.current(), "first");
    clock_.now += std::chrono::seconds(1);
    EXPECT_EQ(source.current(), "second");
}

TEST_F(TokenFile, IsReadAgainAtOnceAfterItWasRefused) {
    write("first");
    TokenSource source("", file_, clock_);
    source.current();
    write("second");

    source.drop();

    EXPECT_EQ(source.current(), "second");
}

TEST_F(TokenFile, KeepsTheLastGoodTokenWhileItCannotBeRead) {
    write("good");
    TokenSource source("", file_, clock_);
    source.current();

    for (const char* broken : {"", "\n", "a b", "a\r\nX-Injected: 1"}) {
        write(broken);
        source.drop();
        EXPECT_EQ(source.current(), "good") << broken;
    }
    std::filesystem::remove(file_);
    source.drop();
    EXPECT_EQ(source.current(), "good");
}

TEST_F(TokenFile, StandsBackForTheConfiguredTokenOnlyWhenItIsMissing) {
    EXPECT_EQ(TokenSource("fixed", file_, clock_).current(), "fixed");
    EXPECT_EQ(TokenSource("fixed\n", "", clock_).current(), "fixed");
    EXPECT_EQ(TokenSource("a\r\nb: c", "", clock_).current(), "");
    write("from-file");
    EXPECT_EQ(TokenSource("fixed", file_, clock_).current(), "from-file");
}

}  // namespace
}  // namespace dsm::kube

// A sample of what dsm_nth_failure --all runs: the n-th call of a function fails, and the process
// goes on or says why not; its stores are intact either way.
#include <gtest/gtest.h>

#include "libs/testing/process.hpp"
#include "tests/chaos/nth_story.hpp"

namespace dsm::chaos {
namespace {

struct Sample {
    const char* function;
    std::vector<int> nths;
    const char* library = "";
};

TEST(NthFailure, TheProcessGoesOnOrSaysWhyNotAndItsStoresAreIntact) {
    const testing::TemporaryFolder folder;
    NthStage stage{.binary = DSM_BINARY, .library = NTH_CALL_LIBRARY};
    load_for_nth(stage, folder.path() + "/load");
    const Sample samples[] = {{"malloc", {1, 200, 5'000, 20'000, 40'000}},
                              {"malloc", {1, 41, 1'000}, "libcrypto"},
                              {"malloc", {1, 700, 6'000}, "libsqlite3"},
                              {"write", {1, 3, 10, 40}},
                              {"fdatasync", {1, 4, 9}},
                              {"connect", {1, 3, 8}},
                              {"accept", {1, 3, 8}}};
    for (const Sample& sample : samples) {
        for (const int nth : sample.nths) {
            const auto outcome = tell_with_nth(
                stage, {.function = sample.function, .nth = nth, .library = sample.library});

            EXPECT_TRUE(outcome.reached) << sample.function << " " << nth << sample.library;
            EXPECT_EQ(outcome.trouble, "") << sample.function << " " << nth << sample.library;
        }
    }
}

}  // namespace
}  // namespace dsm::chaos

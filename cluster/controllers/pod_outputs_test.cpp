#include "cluster/controllers/pod_outputs.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libs/testing/process.hpp"

namespace dsm::cluster {
namespace {

TEST(PodOutputs, GoWithTheirJobAndNoOtherFileDoes) {
    const testing::TemporaryFolder folder;
    const std::vector<std::string> kept = {output_file(folder.path(), "dsm", "now-bcdfg"),
                                           folder.file("notes.log"), folder.file("dsm_now.log"),
                                           folder.file("dsm_gone-bcdfg.txt")};
    const std::vector<std::string> removed = {output_file(folder.path(), "dsm", "gone-bcdfg"),
                                              output_file(folder.path(), "other", "now-bcdfg"),
                                              output_file(folder.path(), "dsm", "now-29-bcdfg")};
    for (const auto& path : kept) std::ofstream(path) << "said";
    for (const auto& path : removed) std::ofstream(path) << "said";

    remove_orphaned_outputs(folder.path(),
                            [](const std::string& key) { return key == "/dsm/now"; });

    for (const auto& path : kept) EXPECT_TRUE(std::filesystem::exists(path)) << path;
    for (const auto& path : removed) EXPECT_FALSE(std::filesystem::exists(path)) << path;
}

TEST(PodOutputs, WithoutAFolderAreNotLookedFor) {
    EXPECT_NO_THROW(remove_orphaned_outputs("", [](const std::string&) { return false; }));
    EXPECT_NO_THROW(remove_orphaned_outputs("/no/such", [](const std::string&) { return false; }));
}

}  // namespace
}  // namespace dsm::cluster

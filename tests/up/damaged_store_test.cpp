// A store of which a part is not what was put there.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

/// All pages but those of the schema and of the migrations, which a start reads.
void damage(const std::string& path) {
    constexpr std::streamoff kWhole = 4 * 4'096;
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(kWhole);
    const auto rest = static_cast<std::streamoff>(std::filesystem::file_size(path)) - kWhole;
    const std::string noise(static_cast<std::size_t>(rest), '\x5a');
    file.write(noise.data(), rest);
}

TEST(DamagedStore, IsCalledThatByThePostTheReadinessAndTheDoctorWithWhatToDo) {
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"})) << system.log();
    ASSERT_EQ(system.end(SIGTERM), 0);
    damage(system.data() + "/orchestrator.db");
    ASSERT_TRUE(system.start()) << system.log();

    const auto refused =
        system.wire("orchestrator").post("/orchestrate/project/TEST-001", boost::json::object());

    EXPECT_EQ(refused.status, 503);
    EXPECT_TRUE(refused.body.contains("orchestrator.db: the database is damaged")) << refused.body;
    EXPECT_TRUE(refused.body.contains("dsm doctor")) << refused.body;
    const auto ready = system.wire("orchestrator").get("/health/ready");
    EXPECT_EQ(ready.status, 503);
    EXPECT_TRUE(ready.body.contains("the database is damaged")) << ready.body;
    EXPECT_EQ(system.wire("orchestrator").get("/health").status, 200);
    const auto examined = system.run({"doctor"});
    EXPECT_EQ(examined.exit_code, 1);
    EXPECT_TRUE(examined.out.contains("put a backup in its place")) << examined.out;
    EXPECT_EQ(system.end(SIGTERM), 0);
}

TEST(EmptiedStore, IsSaidByTheDoctorAndInTheLogOfTheStart) {
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"})) << system.log();
    ASSERT_EQ(system.end(SIGTERM), 0);
    EXPECT_FALSE(system.log().contains("store_is_new"));
    std::filesystem::resize_file(system.data() + "/chronicle.db", 0);

    const auto examined = system.run({"doctor"});
    ASSERT_TRUE(system.start()) << system.log();

    EXPECT_TRUE(examined.out.contains("chronicle.db: it is empty")) << examined.out;
    EXPECT_TRUE(system.log().contains("store_is_new")) << system.log();
    EXPECT_EQ(system.end(SIGTERM), 0);
}

}  // namespace
}  // namespace dsm::testing

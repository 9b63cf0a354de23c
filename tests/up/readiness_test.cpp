// Every service whose own store is gone says so, in the contract's shape, and no other is blamed.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>

#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

namespace fs = std::filesystem;

TEST(Readiness, AServiceWithoutItsStoreIsNotReadyAndTheOthersAre) {
    struct Row {
        const char* part;
        const char* service;
    };
    const Row rows[] = {{"project", "project-service"},
                        {"backlog", "backlog-service"},
                        {"sprint", "sprint-service"},
                        {"chronicle", "chronicle-service"}};
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();

    for (const Row& row : rows) {
        const std::string store = system.data() + "/" + row.part + ".db";
        const auto scraped = [&](int ready) {
            return system.wire(row.part)
                .get("/metrics")
                .body.contains(
                    fmt::format("dsm_store_ready{{store=\"{}\"}} {}\n", row.service, ready));
        };
        EXPECT_TRUE(scraped(1)) << row.service;
        fs::rename(store, store + ".away");
        ASSERT_TRUE(eventually([&] {
            return system.wire(row.part).get("/health/ready").status == 503;
        })) << row.service;
        const auto body = system.wire(row.part).get("/health/ready").json();
        EXPECT_EQ(body.at("service"), row.service);
        EXPECT_EQ(body.at("status"), "not_ready");
        EXPECT_EQ(body.at("database"), "error");
        EXPECT_EQ(system.wire("orchestrator").get("/health/ready").status, 200);
        EXPECT_TRUE(scraped(0)) << row.service;

        fs::rename(store + ".away", store);
        EXPECT_TRUE(eventually([&] {
            return system.wire(row.part).get("/health/ready").status == 200;
        })) << row.service;
        EXPECT_TRUE(scraped(1)) << row.service;
    }
    EXPECT_EQ(system.end(SIGTERM), 0);
}

TEST(Readiness, AnOrchestratorWithoutItsStoreSaysWhyInItsDetail) {
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();
    const std::string store = system.data() + "/orchestrator.db";

    fs::rename(store, store + ".away");

    ASSERT_TRUE(
        eventually([&] { return system.wire("orchestrator").get("/health/ready").status == 503; }));
    const auto detail = system.wire("orchestrator").get("/health/ready").json().at("detail");
    EXPECT_EQ(detail.at("service"), "project-orchestrator");
    EXPECT_EQ(detail.at("status"), "not_ready");
    EXPECT_EQ(detail.at("messages").at(0), "The orchestrator's database does not answer.");
    EXPECT_TRUE(system.wire("orchestrator")
                    .get("/metrics")
                    .body.contains("dsm_store_ready{store=\"project-orchestrator\"} 0\n"));
    EXPECT_TRUE(detail.at("dependencies").is_object());
    EXPECT_TRUE(detail.at("external_apis").is_object());
    fs::rename(store + ".away", store);
    EXPECT_EQ(system.end(SIGTERM), 0);
}

}  // namespace
}  // namespace dsm::testing

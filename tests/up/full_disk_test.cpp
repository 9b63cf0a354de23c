// A disk that is full for a while: what is refused says so, and nothing that was said is lost.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "libs/sql/integrity.hpp"
#include "tests/up/running_system.hpp"
#include "tests/up/stored_history.hpp"

namespace dsm::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const std::vector<std::string> kServices = {"orchestrator", "project", "backlog", "sprint",
                                            "chronicle"};

/// NEW has work and no sprint, OLD has the sprint OLD-S01.
json::value workspace() {
    json::array tasks;
    for (const char* project : {"NEW", "OLD"}) {
        for (int i = 1; i <= 3; ++i) {
            const bool taken = std::string_view(project) == "OLD" && i == 1;
            tasks.push_back({{"task_id", fmt::format("{}-T{}", project, i)},
                             {"project_id", project},
                             {"title", "t"},
                             {"description", ""},
                             {"status", taken ? "assigned_to_sprint" : "unassigned"},
                             {"assigned_to", nullptr},
                             {"sprint_id", taken ? json::value("OLD-S01") : json::value(nullptr)},
                             {"progress_percentage", 0}});
        }
    }
    const auto project = [](const char* id) -> json::object {
        return {{"id", id},
                {"name", id},
                {"description", ""},
                {"status", "active"},
                {"team", json::array()}};
    };
    return {{"workspace",
             {{"projects", {project("NEW"), project("OLD")}},
              {"employees", json::array()},
              {"holidays", json::array()},
              {"pto", json::array()},
              {"sprints",
               {{{"sprint_id", "OLD-S01"},
                 {"project_id", "OLD"},
                 {"sprint_name", "OLD-S01"},
                 {"start_date", "2026-01-05"},
                 {"end_date", "2026-01-19"},
                 {"duration_weeks", 2},
                 {"status", "in_progress"}}}},
              {"tasks", std::move(tasks)}}}};
}

/// What makes a disk full, and room again.
class Disk {
public:
    virtual ~Disk() = default;
    virtual void fill(const RunningSystem& system) = 0;
    virtual void make_room(const RunningSystem& system) = 0;
};

/// A file system of its own below the data directory, filled by a file of somebody else.
class OwnFileSystem final : public Disk {
public:
    explicit OwnFileSystem(std::string path) : path_(std::move(path)) {
        fs::create_directories(path_);
        mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=32m") == 0;
    }
    ~OwnFileSystem() override {
        if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }

    void fill(const RunningSystem&) override {
        std::ofstream ballast(path_ + "/ballast");
        const std::string block(4'096, 'x');
        while (ballast.write(block.data(), 4'096).flush()) {
        }
    }
    void make_room(const RunningSystem&) override { fs::remove(path_ + "/ballast"); }

private:
    std::string path_;
    bool mounted_ = false;
};

/// The process may write no file: works without any right.
class FileLimit final : public Disk {
public:
    void fill(const RunningSystem& system) override { limit(system, 0); }
    void make_room(const RunningSystem& system) override { limit(system, RLIM_INFINITY); }

private:
    static void limit(const RunningSystem& system, rlim_t bytes) {
        const rlimit wanted{.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
        ::prlimit(system.pid(), RLIMIT_FSIZE, &wanted, nullptr);
    }
};

struct Write {
    const char* service;
    const char* target;
    json::value body;
};

const std::vector<Write>& writes() {
    static const std::vector<Write> all = {
        {"project",
         "/projects",
         {{"id", "P"}, {"name", "P"}, {"description", ""}, {"status", "active"}}},
        {"backlog", "/backlogs/NEW", {{"tasks", {{{"title", "more"}}}}}},
        {"sprint", "/sprints/NEW", {{"sprint_name", "x"}, {"duration_weeks", 2}}},
        {"chronicle",
         "/v1/notes/sprint_planning",
         {{"project_id", "NEW"},
          {"sprint_id", "x"},
          {"sprint_goal", "g"},
          {"planned_tasks", json::array()}}}};
    return all;
}

bool all_ready(const RunningSystem& system, int status) {
    return std::ranges::all_of(kServices, [&](const std::string& part) {
        return system.wire(part).get("/health/ready").status == status;
    });
}

class FullDisk : public ::testing::Test {
protected:
    WireReply orchestrate(const char* project) const {
        return system.wire("orchestrator")
            .post(std::string("/orchestrate/project/") + project, json::object());
    }

    void start(Arguments arguments = {}) {
        const std::string file = folder_.file("workspace.json");
        std::ofstream(file) << workspace();
        arguments.insert(arguments.end(), {"--import", file});
        ASSERT_TRUE(system.start(arguments)) << system.log();
        ASSERT_EQ(orchestrate("OLD").status, 200);
        ASSERT_TRUE(all_ready(system, 200));
    }

    void expect_honest_refusals() const {
        const auto begun = orchestrate("NEW");
        EXPECT_EQ(begun.status, 503) << begun.body;
        EXPECT_TRUE(begun.body.contains("Done: nothing.")) << begun.body;
        EXPECT_TRUE(begun.body.contains("orchestrator.db: the disk is full")) << begun.body;
        EXPECT_TRUE(begun.headers.find("Retry-After"));
        EXPECT_EQ(system.wire("sprint").get("/sprints/by-project/NEW").body, "[]");
        const auto looked = orchestrate("OLD");
        EXPECT_EQ(looked.status, 503) << looked.body;
        EXPECT_TRUE(looked.body.contains("could not be recorded. Done: nothing.")) << looked.body;
        for (const Write& write : writes()) {
            const auto refused = system.wire(write.service).post(write.target, write.body);
            EXPECT_EQ(refused.status, 503) << write.service << refused.body;
            EXPECT_TRUE(refused.body.contains(std::string(write.service) + ".db: the disk is full"))
                << refused.body;
            EXPECT_TRUE(refused.headers.find("Retry-After")) << write.service;
        }
        EXPECT_TRUE(eventually([&] { return all_ready(system, 503); }));
        for (const auto& part : kServices) {
            EXPECT_EQ(system.wire(part).get("/health").status, 200) << "a restart helps nobody";
            const auto ready = system.wire(part).get("/health/ready");
            EXPECT_TRUE(ready.body.contains("the disk is full")) << ready.body;
        }
    }

    void expect_all_goes_on() {
        ASSERT_TRUE(eventually([&] { return all_ready(system, 200); })) << system.log();
        EXPECT_EQ(orchestrate("NEW").status, 200);
        EXPECT_EQ(orchestrate("OLD").status, 200);
        for (const Write& write : writes()) {
            if (std::string_view(write.service) == "sprint") continue;  // NEW has its sprint now
            EXPECT_EQ(system.wire(write.service).post(write.target, write.body).status, 201);
        }
        EXPECT_EQ(decisions_of(system, "NEW").size(), 1U);
        EXPECT_EQ(decisions_of(system, "OLD").size(), 2U);
        std::string unmatched;
        EXPECT_TRUE(eventually([&] {
            unmatched = unmatched_records(system, {"NEW", "OLD"});
            return unmatched.empty();
        })) << unmatched;
        EXPECT_EQ(system.end(SIGTERM), 0) << system.log();
        for (const auto& part : kServices) {
            EXPECT_TRUE(sql::check_integrity(system.data() + "/" + part + ".db")) << part;
        }
    }

    void see_through(Disk& disk) {
        start();
        disk.fill(system);
        expect_honest_refusals();
        disk.make_room(system);
        expect_all_goes_on();
    }

    RunningSystem system;

private:
    TemporaryFolder folder_;
};

TEST_F(FullDisk, RefusesHonestlyAndGoesOnOnceALimitForFilesIsLifted) {
    FileLimit disk;

    see_through(disk);
}

/// The CronJob is made in a cluster that has room.
TEST_F(FullDisk, ACronJobThatCouldBeMadeAndNotRecordedIsNamedAndGetsItsRecordOnceThereIsRoom) {
    const std::string name = "run-dailyscrum-old-old-s01";
    RunningSystem beside;
    ASSERT_TRUE(beside.start()) << beside.log();
    start({"--kubeconfig", beside.data() + "/kubeconfig"});
    const auto remove = [&] {
        return system.wire("orchestrator").del("/orchestrate/project/OLD/cronjob/" + name).status;
    };
    FileLimit disk;
    disk.fill(system);
    ASSERT_EQ(remove(), 200);

    const auto healed = orchestrate("OLD");
    EXPECT_EQ(healed.status, 503) << healed.body;
    EXPECT_TRUE(healed.body.contains("could not be recorded. Done: Created cronjob " + name))
        << healed.body;
    disk.make_room(system);
    EXPECT_TRUE(eventually([&] { return orchestrate("OLD").status == 200; }));

    const auto decisions = system.wire("orchestrator").get("/decisions?project_id=OLD").json();
    const auto made = std::ranges::count_if(decisions.as_array(), [](const json::value& decision) {
        return decision.as_object().contains("made_from");
    });
    EXPECT_EQ(made, 1) << decisions;
    std::string unmatched;
    EXPECT_TRUE(eventually([&] {
        unmatched = unmatched_records(system, {"OLD"});
        return unmatched.empty();
    })) << unmatched;
    EXPECT_EQ(remove(), 200) << "it is the one that was made while the disk was full";
    EXPECT_EQ(system.end(SIGTERM), 0);
}

TEST_F(FullDisk, RefusesHonestlyAndGoesOnOnceThereIsRoomOnTheFileSystem) {
    OwnFileSystem disk(system.data());
    if (!disk.mounted()) GTEST_SKIP() << "only root mounts a file system";

    see_through(disk);
}

}  // namespace
}  // namespace dsm::testing

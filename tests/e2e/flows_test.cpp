// The life of a sprint through all services: planned, taken from the backlog, scrummed, closed.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <csignal>
#include <fstream>
#include <memory>

#include "tests/e2e/system.hpp"

namespace dsm::e2e {
namespace {

namespace json = boost::json;

constexpr const char* kWorkspace = R"({
  "clock": "2025-09-03T09:00:00Z",
  "workspace": {
    "projects": [
      {"id": "NEW-1", "name": "No sprint yet", "description": "d", "status": "inactive", "team": ["E1", "E2"]},
      {"id": "IDLE-1", "name": "Nothing to do", "description": "d", "status": "inactive", "team": []}],
    "employees": [{"id": "E1", "name": "Ada"}, {"id": "E2", "name": "Bo"}],
    "holidays": [],
    "pto": [{"employee_id": "E2", "start_date": "2025-09-05", "end_date": "2025-09-06"}],
    "sprints": [],
    "tasks": [
      {"task_id": "T1", "project_id": "NEW-1", "title": "One", "description": "", "status": "unassigned",
       "assigned_to": null, "sprint_id": null, "progress_percentage": 0},
      {"task_id": "T2", "project_id": "NEW-1", "title": "Two", "description": "", "status": "unassigned",
       "assigned_to": null, "sprint_id": null, "progress_percentage": 0},
      {"task_id": "T3", "project_id": "NEW-1", "title": "Three", "description": "", "status": "unassigned",
       "assigned_to": null, "sprint_id": null, "progress_percentage": 0}]
  }
})";

class Flows : public ::testing::Test {
protected:
    void SetUp() override {
        workspace_ = folder_.file("workspace.json");
        std::ofstream(workspace_) << kWorkspace;
        System::Options options;
        options.arguments = {"--import", workspace_};
        system_ = std::make_unique<System>(std::move(options));
    }

    json::value get(const std::string& part, const std::string& path) const {
        const testing::Finished answer = system_->curl({system_->url(part) + path});
        return json::parse(answer.out);
    }
    json::value post(const std::string& part, const std::string& path,
                     const std::string& body) const {
        const testing::Finished answer =
            system_->curl({"-X", "POST", "-d", body, system_->url(part) + path});
        return json::parse(answer.out);
    }
    bool becomes(const std::string& part, const std::string& path,
                 const std::function<bool(const json::value&)>& holds) const {
        return testing::eventually([&] { return holds(get(part, path)); });
    }

    testing::TemporaryFolder folder_;
    std::string workspace_;
    std::unique_ptr<System> system_;
};

TEST_F(Flows, ASprintIsPlannedScrummedAndClosed) {
    const json::value created = system_->orchestrate("NEW-1");
    EXPECT_EQ(created.at("sprint_id").as_string(), "NEW-1-S01");
    EXPECT_EQ(created.at("cronjob_name").as_string(), "run-dailyscrum-new-1-new-1-s01");
    EXPECT_EQ(created.at("actions_taken"),
              (json::array{"Created new sprint NEW-1-S01", "Assigned 3 tasks to sprint",
                           "Created cronjob run-dailyscrum-new-1-new-1-s01"}));
    EXPECT_EQ(created.at("decisions").at("reasoning").as_string(),
              "Note: Sprint timeline includes 1 holiday(s) or PTO day(s).; No active sprint found "
              "and unassigned "
              "tasks exist.; Proposing to create new sprint: NEW-1-S01.; Proposing to assign 3 "
              "tasks.; New sprint "
              "creation triggers CronJob generation.");

    EXPECT_TRUE(becomes("backlog", "/backlogs/NEW-1/summary", [](const json::value& summary) {
        return summary.at("unassigned_for_sprint_count").as_int64() == 0;
    }));
    EXPECT_TRUE(becomes("project", "/projects/NEW-1", [](const json::value& project) {
        return project.at("status").as_string() == "in_progress";
    }));
    EXPECT_TRUE(becomes("chronicle", "/v1/notes/sprint_planning?sprint_id=NEW-1-S01",
                        [](const json::value& notes) { return notes.as_array().size() == 1; }));

    post("sprint", "/tasks/T1/progress", R"({"progress_percentage":100})");
    EXPECT_TRUE(becomes("backlog", "/backlogs/NEW-1?status=completed",
                        [](const json::value& tasks) { return tasks.as_array().size() == 1; }));

    const json::value scrum = post("sprint", "/sprints/NEW-1-S01/run-daily-scrum", "");
    EXPECT_EQ(scrum.at("message").as_string(),
              "Daily scrum process completed for sprint NEW-1-S01");
    EXPECT_EQ(post("sprint", "/sprints/NEW-1-S01/run-daily-scrum", "").at("report_id"),
              scrum.at("report_id"));
    const json::value report = get("chronicle", "/v1/notes/daily_scrum_report?sprint_id=NEW-1-S01");
    EXPECT_EQ(report.at("notes").as_array().size(), 1U);

    const json::value closed = post("sprint", "/sprints/NEW-1-S01/close", "");
    EXPECT_EQ(closed.at("status_updated_to").as_string(), "closed_with_pending_tasks");
    EXPECT_EQ(closed.at("uncompleted_tasks_moved_to_backlog_count").as_int64(), 2);
    EXPECT_TRUE(becomes("backlog", "/backlogs/NEW-1/summary", [](const json::value& summary) {
        return summary.at("unassigned_for_sprint_count").as_int64() == 2;
    }));
    const json::value again = system_->orchestrate("NEW-1");
    EXPECT_EQ(again.at("sprint_id").as_string(), "NEW-1-S02");
}

TEST_F(Flows, AProjectWithoutWorkIsInMaintenance) {
    const json::value answer = system_->orchestrate("IDLE-1");

    EXPECT_EQ(answer.at("actions_taken"), json::array());
    EXPECT_EQ(answer.at("decisions").at("reasoning").as_string(),
              "No specific actions required based on current state and options.");
}

TEST_F(Flows, AJobOfTheCronJobLeavesAReport) {
    system_->orchestrate("NEW-1");

    const testing::Finished made = system_->kubectl(
        {"create", "job", "by-hand", "--from=cronjob/run-dailyscrum-new-1-new-1-s01", "-n", "dsm"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const testing::Finished done = system_->kubectl(
        {"wait", "--for=condition=complete", "job/by-hand", "-n", "dsm", "--timeout=100s"});
    EXPECT_EQ(done.exit_code, 0)
        << done.err << system_->kubectl({"describe", "job", "by-hand", "-n", "dsm"}).out;

    const json::value report = get("chronicle", "/v1/notes/daily_scrum_report?sprint_id=NEW-1-S01");
    EXPECT_TRUE(report.at("reports").as_object().contains("2025-09-03"));
}

TEST_F(Flows, TheClientCommandsTellTheSame) {
    const testing::Finished done = system_->dsm({"orchestrate", "NEW-1", "--json"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_EQ(json::parse(done.out).at("sprint_id").as_string(), "NEW-1-S01");

    EXPECT_EQ(system_->dsm({"orchestrate", "NOBODY"}).exit_code, 3);
    EXPECT_EQ(system_->dsm({"status", "NEW-1"}).exit_code, 0);
    EXPECT_EQ(system_->dsm({"orchestrate"}).exit_code, 2);
    ASSERT_TRUE(testing::eventually([&] {
        return system_->dsm({"events", "--json"}).out.find("\"orchestration_events\"") !=
               std::string::npos;
    }));

    const testing::Finished exported = system_->dsm({"export"});
    ASSERT_EQ(exported.exit_code, 0) << exported.err;
    EXPECT_EQ(
        json::parse(exported.out).at("workspace").at("sprints").at(0).at("sprint_id").as_string(),
        "NEW-1-S01");
    EXPECT_EQ(system_->dsm({"export"}).out, exported.out);
}

TEST_F(Flows, SigtermEndsItAndTheClientSaysThatNothingRuns) {
    system_->process().signal(SIGTERM);

    EXPECT_EQ(system_->process().wait(std::chrono::seconds(60)), 0);
    EXPECT_EQ(testing::read_file(system_->data() + "/endpoints.json"), "");
    const testing::Finished without = system_->dsm({"status"});
    EXPECT_EQ(without.exit_code, 4);
    EXPECT_NE(without.err.find("dsm up"), std::string::npos) << without.err;
}

}  // namespace
}  // namespace dsm::e2e

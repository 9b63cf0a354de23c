// What a workspace file may hold, what is said about one that is wrong, and how it is cut up.
#include "dsm/workspace/workspace.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <sstream>

#include "dsm/workspace/batches.hpp"

namespace dsm::workspace {
namespace {

namespace json = boost::json;

std::string simple_name(std::string_view project_id, std::string_view sprint_id) {
    return fmt::format("cronjob-of-{}-{}", project_id, sprint_id);
}

/// A good file, to which a test does one thing.
json::object good_file() {
    return json::parse(R"({
        "clock": "2025-08-31T14:05:00Z",
        "workspace": {
            "projects": [{"id": "P1", "name": "One", "description": "", "status": "active",
                          "team": ["E1", "E2"]},
                         {"id": "P2", "name": "Two", "description": "", "status": "idle",
                          "team": []}],
            "employees": [{"id": "E1", "name": "Ann"}, {"id": "E2", "name": "Bob", "age": 40}],
            "holidays": [{"date": "2025-09-01", "name": "Labor Day", "type": "Federal"}],
            "pto": [{"employee_id": "E1", "start_date": "2025-09-02", "end_date": "2025-09-03"}],
            "sprints": [{"sprint_id": "P1-S01", "project_id": "P1", "sprint_name": "P1-S01",
                         "start_date": "2025-08-24", "end_date": "2025-09-07",
                         "duration_weeks": 2, "status": "in_progress"}],
            "tasks": [{"task_id": "T1", "project_id": "P1", "title": "Do", "description": "",
                       "status": "in_progress", "assigned_to": "E1", "sprint_id": "P1-S01",
                       "progress_percentage": 10},
                      {"task_id": "T2", "project_id": "P1", "title": "Wait", "description": "",
                       "status": "unassigned", "assigned_to": null, "sprint_id": null,
                       "progress_percentage": 0}]
        },
        "cronjobs": ["cronjob-of-P1-P1-S01"]
    })")
        .as_object();
}

/// The place named by a path like "/cronjobs/0", set to a value; one past a list's end is added.
json::object with(std::string_view path, json::value value) {
    json::value file = good_file();
    json::value* at = &file;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto key = path.substr(0, path.find('/'));
        path.remove_prefix(key.size());
        if (auto* list = at->if_array()) {
            const auto index = static_cast<std::size_t>(key.front() - '0');
            if (index == list->size()) list->push_back(nullptr);
            at = &(*list)[index];
        } else {
            at = &at->as_object()[key];
        }
    }
    *at = std::move(value);
    return file.as_object();
}

std::vector<std::string> errors_of(std::string_view text) {
    auto workspace = parse(text, simple_name);
    return workspace ? std::vector<std::string>{} : workspace.error();
}

struct BadFile {
    const char* says;
    const char* pointer;
    json::value value;
};

TEST(Workspace, SaysWhatIsWrongAndWhere) {
    const BadFile table[] = {
        {"clock: must be a time like 2025-08-31T14:05:00Z", "/clock", "yesterday"},
        {"workspace.projects: must be a list", "/workspace/projects", json::object{}},
        {"workspace.projects[1]: must be an object", "/workspace/projects/1", 7},
        {"workspace.projects[0].id: must be a string", "/workspace/projects/0/id", 1},
        {"workspace.projects[1].id: must not hold '/'", "/workspace/projects/1/id", "P/2"},
        {"workspace.projects[1].id: must not be empty", "/workspace/projects/1/id", ""},
        {"workspace.projects[1].id: must not hold control characters", "/workspace/projects/1/id",
         "P\n2"},
        {"workspace.projects[1].id: must have at most 255 characters", "/workspace/projects/1/id",
         json::string(256, 'P')},
        {"workspace.projects[1].id: P1 is at workspace.projects[0] already",
         "/workspace/projects/1/id", "P1"},
        {"workspace.projects[0].team: must be a list of ids", "/workspace/projects/0/team", "E1"},
        {"workspace.projects[0].team[1]: E9 is not an employee of this file",
         "/workspace/projects/0/team/1", "E9"},
        {"workspace.projects[0].team[1]: E1 is there twice", "/workspace/projects/0/team/1", "E1"},
        {"workspace.employees[1].age: must be a whole number from 0 to 2147483647",
         "/workspace/employees/1/age", 40.5},
        {"workspace.employees[0].name: must not be empty", "/workspace/employees/0/name", ""},
        {"workspace.holidays[0].date: must be a date YYYY-MM-DD that exists",
         "/workspace/holidays/0/date", "2025-02-30"},
        {"workspace.pto[0].employee_id: E9 is not an employee of this file",
         "/workspace/pto/0/employee_id", "E9"},
        {"workspace.pto[0].end_date: is before start_date", "/workspace/pto/0/end_date",
         "2025-09-01"},
        {"workspace.sprints[0].end_date: is before start_date", "/workspace/sprints/0/end_date",
         "2025-08-23"},
        {"workspace.sprints[0].status: must be in_progress, completed, closed_with_pending_tasks",
         "/workspace/sprints/0/status", "open"},
        {"workspace.sprints[0].duration_weeks: must be a whole number from 1 to 520",
         "/workspace/sprints/0/duration_weeks", "2"},
        {"workspace.tasks[1].project_id: P9 is not a project of this file",
         "/workspace/tasks/1/project_id", "P9"},
        {"workspace.tasks[1].progress_percentage: must be a whole number from 0 to 100",
         "/workspace/tasks/1/progress_percentage", 101},
        {"workspace.tasks[1].task_id: T1 is at workspace.tasks[0] already",
         "/workspace/tasks/1/task_id", "T1"},
        {"cronjobs: must be a list of names", "/cronjobs", "x"},
        {"cronjobs[0]: other is not that of an active sprint of this file", "/cronjobs/0", "other"},
        {"cronjobs[1]: cronjob-of-P1-P1-S01 is there twice", "/cronjobs/1", "cronjob-of-P1-P1-S01"},
    };
    for (const auto& row : table) {
        const auto errors = errors_of(json::serialize(with(row.pointer, row.value)));

        ASSERT_FALSE(errors.empty()) << row.pointer;
        EXPECT_EQ(errors.front(), row.says);
    }
}

TEST(Workspace, TakesTheWordsThatBacklogServiceTakesInATask) {
    for (const auto& [pointer, word] :
         {std::pair{"/workspace/tasks/0/status", "blocked"},
          std::pair{"/workspace/tasks/0/assigned_to", "somebody-else"},
          std::pair{"/workspace/tasks/0/sprint_id", "an-old-sprint"}}) {
        EXPECT_TRUE(errors_of(json::serialize(with(pointer, word))).empty()) << pointer;
    }
}

TEST(Workspace, RefusesASecondActiveSprintOfAProject) {
    auto file = good_file();
    auto& sprints = file["workspace"].as_object()["sprints"].as_array();
    sprints.push_back(sprints[0]);
    sprints[1].as_object()["sprint_id"] = "P1-S02";

    EXPECT_EQ(errors_of(json::serialize(file)),
              std::vector<std::string>{
                  "workspace.sprints[1].status: P1 already has the active sprint P1-S01"});
}

TEST(Workspace, RefusesACronJobOfASprintThatIsClosed) {
    const auto errors =
        errors_of(json::serialize(with("/workspace/sprints/0/status", "completed")));

    ASSERT_EQ(errors.size(), 1U);
    EXPECT_TRUE(
        errors[0].starts_with("cronjobs[0]: cronjob-of-P1-P1-S01 is not that of an active"));
}

TEST(Workspace, SaysEveryErrorAndDoesNotBlameTheRowsThatReferToABadOne) {
    auto file = good_file();
    auto& rows = file["workspace"].as_object();
    rows["projects"].as_array()[0].as_object().erase("name");
    rows["employees"].as_array()[0].as_object()["age"] = "old";
    rows["sprints"].as_array()[0].as_object()["start_date"] = "soon";
    file.erase("cronjobs");

    EXPECT_EQ(errors_of(json::serialize(file)),
              (std::vector<std::string>{
                  "workspace.projects[0].name: is missing",
                  "workspace.employees[0].age: must be a whole number from 0 to 2147483647",
                  "workspace.sprints[0].start_date: must be a date YYYY-MM-DD that exists"}));
}

TEST(Workspace, RefusesEveryTruncationOfAGoodFile) {
    const auto text = json::serialize(good_file());

    for (std::size_t length = 0; length < text.size(); ++length) {
        ASSERT_FALSE(errors_of(text.substr(0, length)).empty()) << length;
    }
    EXPECT_TRUE(errors_of(text).empty());
}

TEST(Workspace, RefusesWhatIsNoWorkspaceAtAll) {
    const char* table[] = {"",
                           "[]",
                           "null",
                           "{}",
                           R"({"workspace": []})",
                           R"({"workspace": {}, "workspace": {}})",
                           R"({"workspace": {}} x)",
                           "{\"workspace\": {\"projects\": \"\xFF\"}}"};
    for (const char* text : table) EXPECT_FALSE(errors_of(text).empty()) << text;
    EXPECT_FALSE(errors_of(std::string(10'000, '[')).empty());
    EXPECT_TRUE(errors_of(R"({"workspace": {}})").empty());
}

TEST(Workspace, SaysTheLineOfASyntaxError) {
    const auto errors = errors_of("{\n \"workspace\": {,}\n}");

    ASSERT_EQ(errors.size(), 1U);
    EXPECT_TRUE(errors[0].starts_with("line 2, column ")) << errors[0];
}

TEST(Workspace, KeepsEveryRowAndFillsWhatIsAbsent) {
    auto file = good_file();
    file["request"] = "unknown keys are ignored";

    const auto workspace = parse(json::serialize(file), simple_name);

    ASSERT_TRUE(workspace.has_value());
    EXPECT_EQ(workspace->clock, parse_rfc3339("2025-08-31T14:05:00Z"));
    EXPECT_EQ(workspace->employees[0], (json::value{{"id", "E1"},
                                                    {"name", "Ann"},
                                                    {"gender", nullptr},
                                                    {"state", nullptr},
                                                    {"age", nullptr}}));
    EXPECT_EQ(workspace->cronjobs, std::vector<std::string>{"cronjob-of-P1-P1-S01"});
    EXPECT_EQ(summary(*workspace),
              "2 projects, 2 employees, 1 holiday, 1 PTO entry, 1 sprint, 2 tasks, 1 CronJob");
}

TEST(Workspace, WritesATextThatReadsBackAsTheSame) {
    const auto workspace = parse(json::serialize(good_file()), simple_name);
    ASSERT_TRUE(workspace.has_value());
    const auto text = to_text(*workspace);

    const auto again = parse(text, simple_name);

    ASSERT_TRUE(again.has_value()) << again.error().front();
    EXPECT_EQ(to_text(*again), text);
    EXPECT_EQ(again->tasks, workspace->tasks);
    EXPECT_EQ(again->cronjobs, workspace->cronjobs);
    EXPECT_FALSE(again->clock.has_value());
}

TEST(Workspace, TakesTheRecordedFixtures) {
    for (const char* name : {"recorded-missing-cronjob.json", "recorded-existing-cronjob.json"}) {
        std::ifstream file(std::string(DSM_SOURCE_DIR) + "/tests/fixtures/" + name);
        std::stringstream text;
        text << file.rdbuf();

        const auto workspace = parse(text.str(), [](auto, auto) {
            return std::string("run-dailyscrum-test-001-test-001-s12");
        });

        ASSERT_TRUE(workspace.has_value()) << workspace.error().front();
        EXPECT_EQ(workspace->sprints.size(), 12U);
        EXPECT_EQ(workspace->tasks.size(), 18U);
    }
}

TEST(Batches, KeepTheOrderAndStayBelowTheLimitsOfAService) {
    auto workspace = *parse(json::serialize(good_file()), simple_name);
    const json::value task = workspace.tasks[0];
    for (int i = 0; i < 1200; ++i) {
        auto copy = task;
        copy.as_object()["task_id"] = json::string(fmt::format("T{}", 100 + i));
        if (i % 100 == 0) copy.as_object()["description"] = json::string(100'000, 'x');
        workspace.tasks.push_back(copy);
    }

    const auto batches = batches_of(workspace);

    std::vector<Target> order;
    std::size_t backlog_rows = 0;
    std::size_t sprint_rows = 0;
    for (const auto& batch : batches) {
        if (order.empty() || order.back() != batch.target) order.push_back(batch.target);
        EXPECT_LT(json::serialize(batch.body).size(), 1024U * 1024U);
        std::size_t rows = 0;
        for (const auto& [name, list] : batch.body) rows += list.as_array().size();
        EXPECT_LE(rows, kRowsPerBatch);
        if (batch.target == Target::kBacklog) backlog_rows += rows;
        if (batch.target == Target::kSprint) sprint_rows += rows;
    }
    EXPECT_EQ(order, (std::vector{Target::kProject, Target::kBacklog, Target::kSprint,
                                  Target::kOrchestrator}));
    EXPECT_EQ(backlog_rows, 1202U);
    EXPECT_EQ(sprint_rows, 1202U);  // one sprint, and all tasks but the one without
    EXPECT_EQ(batches.back().body, (json::object{{"names", {"cronjob-of-P1-P1-S01"}}}));
}

TEST(Batches, OfAnEmptyWorkspaceAreNone) {
    EXPECT_TRUE(batches_of(Workspace{}).empty());
}

}  // namespace
}  // namespace dsm::workspace

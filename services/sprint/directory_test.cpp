// What can be asked about sprints, and how they are taken in and given out.
#include "services/sprint/sprint_world_test.hpp"

namespace dsm::sprint {
namespace {

class AskAboutSprints : public SprintWorld {
protected:
    static json::object sprint(const std::string& project, int number, const std::string& start,
                               const std::string& status) {
        return {{"sprint_id", fmt::format("{}-S{:02}", project, number)},
                {"project_id", project},
                {"sprint_name", "n"},
                {"start_date", start},
                {"end_date", "2025-12-31"},
                {"duration_weeks", 2},
                {"status", status}};
    }
    static std::vector<std::string> ids(const json::value& sprints) {
        std::vector<std::string> found;
        for (const auto& each : sprints.as_array()) {
            found.emplace_back(each.at("sprint_id").as_string());
        }
        return found;
    }
};

using Ids = std::vector<std::string>;

TEST_F(AskAboutSprints, AnswersInTheContractsWordsWhenThereIsNothing) {
    const auto wire = start();

    EXPECT_EQ(detail_of(wire.get("/sprints/active")), json::string("No active sprint found."));
    EXPECT_EQ(detail_of(wire.get("/sprints/active/P")),
              json::string("No active sprint found for project P."));
    EXPECT_EQ(wire.get("/sprints/by-project/P").body, "[]");
    EXPECT_EQ(wire.get("/sprints/by-project/a%2Fb").body, "[]");
    EXPECT_EQ(wire.get("/sprints/list_projects").body, "[]");
    for (const char* target : {"/sprints/S", "/sprints/S/tasks", "/sprints/S/task-summary"}) {
        EXPECT_EQ(wire.get(target).status, 404);
        EXPECT_EQ(detail_of(wire.get(target)), json::string("Sprint S not found."));
    }
    EXPECT_EQ(wire.get("/sprints/%00").status, 404);
    EXPECT_EQ(wire.get("/sprints/" + std::string(300, 'x')).status, 404);
    EXPECT_EQ(wire.get("/sprints/by-project/P?limit=0").status, 422);
    EXPECT_EQ(wire.get("/sprints/active?all=true&limit=x").status, 422);
    EXPECT_EQ(wire.del("/sprints/P").status, 405);
}

TEST_F(AskAboutSprints, ListsAProjectsSprintsNewestFirst) {
    const auto wire = start();
    wire.post("/workspace",
              {{"sprints", json::array{sprint("P", 1, "2025-01-01", "completed"),
                                       sprint("P", 3, "2025-03-01", "in_progress"),
                                       sprint("P", 9, "2025-02-01", "completed"),
                                       sprint("P", 10, "2025-02-01", "completed"),
                                       sprint("Q", 1, "2025-02-01", "in_progress")}}});

    EXPECT_EQ(ids(wire.get("/sprints/by-project/P").json()),
              (Ids{"P-S03", "P-S10", "P-S09", "P-S01"}));
    EXPECT_EQ(ids(wire.get("/sprints/by-project/P?limit=1").json()), Ids{"P-S03"});
    EXPECT_EQ(ids(wire.get("/sprints/by-project/P?status=completed&limit=1").json()), Ids{"P-S10"});
    EXPECT_EQ(wire.get("/sprints/active/P").json(), json::value({{"sprint_id", "P-S03"}}));
    const auto projects = wire.get("/sprints/list_projects").json();
    EXPECT_EQ(projects.at(0).at("project_id"), json::string("P"));
    EXPECT_EQ(ids(projects.at(1).at("sprints")), Ids{"Q-S01"});
}

// An earlier implementation fetched every active sprint of the world in one request.
TEST_F(AskAboutSprints, GivesActiveSprintsInPages) {
    const auto wire = start();
    json::array sprints;
    for (const char* project : {"A", "B", "C", "D", "E"}) {
        sprints.push_back(sprint(project, 1, "2025-01-01", "in_progress"));
    }
    sprints.push_back(sprint("F", 1, "2025-01-01", "completed"));
    wire.post("/workspace", {{"sprints", sprints}});

    Ids found;
    std::string next;
    int pages = 0;
    do {
        const auto page = wire.get("/sprints/active?all=true&limit=2&continue=" + next).json();
        for (auto& id : ids(page.at("sprints"))) found.push_back(id);
        next = page.at("continue").is_null() ? "" : page.at("continue").as_string().c_str();
        ++pages;
    } while (!next.empty());
    EXPECT_EQ(found, (Ids{"A-S01", "B-S01", "C-S01", "D-S01", "E-S01"}));
    EXPECT_EQ(pages, 3);
    EXPECT_EQ(ids(wire.get("/sprints/active?all=true").json().at("sprints")), found);
    EXPECT_EQ(wire.get("/sprints/active").json(), json::value({{"sprint_id", "A-S01"}}));
}

TEST_F(AskAboutSprints, TakesAWorkspaceInOnceAndGivesItOut) {
    const auto wire = start();
    const json::value workspace{{"sprints", json::array{sprint("P", 2, "2025-03-01", "in_progress"),
                                                        sprint("P", 1, "2025-01-01", "completed")}},
                                {"tasks", json::array{json::object{{"task_id", "T1"},
                                                                   {"title", "t"},
                                                                   {"status", "in_progress"},
                                                                   {"sprint_id", "P-S02"},
                                                                   {"assigned_to", nullptr},
                                                                   {"progress_percentage", 20}},
                                                      json::object{{"task_id", "T2"},
                                                                   {"title", "t"},
                                                                   {"status", "unassigned"},
                                                                   {"sprint_id", nullptr},
                                                                   {"progress_percentage", 0}}}}};

    const auto dry = wire.post("/workspace?dry_run=true", workspace);
    EXPECT_EQ(dry.json(), json::value({{"imported", 3}, {"kept", 0}}));
    EXPECT_EQ(wire.get("/workspace").json(), json::value({{"sprints", json::array{}}}));

    EXPECT_EQ(wire.post("/workspace", workspace).json(),
              json::value({{"imported", 3}, {"kept", 0}}));
    wire.post("/tasks/T1/progress", {{"progress_percentage", 90}});
    EXPECT_EQ(wire.post("/workspace", workspace).json(),
              json::value({{"imported", 0}, {"kept", 3}}));
    EXPECT_EQ(wire.get("/sprints/P-S02/tasks").json().at(0).at("progress_percentage"), 90);
    EXPECT_EQ(ids(wire.get("/workspace").json().at("sprints")), (Ids{"P-S01", "P-S02"}));
    EXPECT_EQ(wire.get("/workspace").json().at("sprints").at(0),
              json::value(sprint("P", 1, "2025-01-01", "completed")));
    EXPECT_TRUE(events_on("dsm:events").empty());
}

TEST_F(AskAboutSprints, RefusesAWorkspaceWholeAndSaysEveryPlace) {
    const auto wire = start();
    wire.post("/workspace",
              {{"sprints", json::array{sprint("P", 1, "2025-01-01", "in_progress")}}});

    const auto contradiction = wire.post(
        "/workspace", {{"sprints", json::array{sprint("Q", 1, "2025-01-01", "in_progress"),
                                               sprint("P", 2, "2025-02-01", "in_progress")}},
                       {"tasks", json::array{json::object{{"task_id", "T1"},
                                                          {"title", "t"},
                                                          {"status", "in_progress"},
                                                          {"sprint_id", "X-S01"},
                                                          {"progress_percentage", 1}}}}});
    const auto invalid = wire.post(
        "/workspace", {{"sprints", json::array{sprint("a/b", 1, "2025-13-01", "running"),
                                               sprint("R", 1, "2025-01-01", "in_progress"),
                                               sprint("R", 1, "2026-01-01", "in_progress"), 7}}});

    EXPECT_EQ(contradiction.status, 409);
    EXPECT_EQ(detail_of(contradiction),
              json::string("sprints[1]: project P has the sprint P-S01 in progress already; "
                           "tasks[0]: there is no sprint X-S01"));
    ASSERT_EQ(invalid.status, 422);
    EXPECT_EQ(detail_of(invalid).as_array().size(), 8U) << invalid.body;
    EXPECT_EQ(detail_of(invalid).at(0).at("loc"), json::value({"body", "sprints", 0, "sprint_id"}));
    EXPECT_EQ(ids(wire.get("/workspace").json().at("sprints")), Ids{"P-S01"});
}

// An earlier implementation asked every service on the way, so one outage was everybody's.
TEST_F(AskAboutSprints, IsReadyWithoutItsNeighboursAndCallsNoneOfThem) {
    std::atomic<int> calls = 0;
    const testing::FakeServer neighbour([&](const http::Request&) {
        ++calls;
        return http::Response::json(200, json::object{});
    });
    config_.project_url = config_.backlog_url = config_.chronicle_url = neighbour.url();
    config_.probe_interval = std::chrono::milliseconds(5);
    const auto wire = start();
    events_.down = true;
    ASSERT_TRUE(testing::eventually(
        [&] { return wire.get("/health/ready").json().at("redis") == json::string("error"); }));

    const auto ready = wire.get("/health/ready");

    EXPECT_EQ(ready.status, 200) << ready.body;
    EXPECT_EQ(
        ready.json(),
        json::value(
            {{"service", "sprint-service"},
             {"status", "ready"},
             {"database", "ok"},
             {"redis", "error"},
             {"external_apis",
              {{"project_service", "ok"}, {"backlog_service", "ok"}, {"chronicle_service", "ok"}}},
             {"timestamp", "2025-09-03T10:00:00Z"}}));
    EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace dsm::sprint

// Starting a sprint, over the wire: what is refused, what is stored, and what the neighbours hear.
#include <thread>

#include "services/sprint/sprint_world_test.hpp"

namespace dsm::sprint {
namespace {

using testing::eventually;

class StartSprint : public SprintWorld {};

const json::object kBody{{"sprint_name", "One"}, {"duration_weeks", 2}};

TEST_F(StartSprint, SaysEverythingThatIsWrongWithABody) {
    const auto wire = start();

    const auto reply = wire.post("/sprints/P", {{"sprint_name", 7},
                                                {"duration_weeks", 13},
                                                {"max_tasks", 0},
                                                {"assign_tasks", "perhaps"}});

    ASSERT_EQ(reply.status, 422);
    std::vector<std::string> types;
    for (const auto& error : detail_of(reply).as_array()) {
        types.emplace_back(error.at("type").as_string());
    }
    EXPECT_EQ(types, (std::vector<std::string>{"string_type", "less_than_equal",
                                               "greater_than_equal", "bool_parsing"}));
    EXPECT_EQ(wire.post("/sprints/P").status, 422);
    EXPECT_EQ(wire.send("POST", "/sprints/P", "{").status, 422);
}

TEST_F(StartSprint, RefusesAnUnknownProjectAndAnEmptyBacklog) {
    const auto wire = start();

    const auto empty = wire.post("/sprints/P", kBody);
    project_known_ = false;
    const auto unknown = wire.post("/sprints/P", kBody);

    EXPECT_EQ(empty.status, 409);
    EXPECT_EQ(detail_of(empty),
              json::string("Cannot create sprint: No unassigned tasks found for project P."));
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(detail_of(unknown), json::string("Project P not found."));
    EXPECT_EQ(wire.post("/sprints/a%2Fb", kBody).status, 404);
    EXPECT_EQ(wire.get("/sprints/by-project/P").body, "[]");
}

TEST_F(StartSprint, TakesTheFirstTasksInTurnAndKeepsWhoIsThere) {
    for (const char* id : {"T5", "T4", "T3", "T2"}) backlog_.add(id);
    backlog_.add("T1", {{"progress_percentage", 30}});
    backlog_.add("T2", {{"assigned_to", "E9"}});
    backlog_.add("T0", {{"sprint_id", "P-S00"}});
    const auto wire = start();

    const auto reply = wire.post(
        "/sprints/P", {{"sprint_name", "First"}, {"duration_weeks", "3"}, {"max_tasks", 4}});

    ASSERT_EQ(reply.status, 201) << reply.body;
    EXPECT_EQ(reply.json(),
              json::value({{"message", "Sprint 'First' started successfully for project P"},
                           {"sprint_id", "P-S01"},
                           {"assigned_tasks_count", 4}}));
    const auto stored = wire.get("/sprints/P-S01").json();
    EXPECT_EQ(stored.at("sprint"), json::value({{"sprint_id", "P-S01"},
                                                {"project_id", "P"},
                                                {"sprint_name", "First"},
                                                {"start_date", "2025-09-03"},
                                                {"end_date", "2025-09-24"},
                                                {"duration_weeks", 3},
                                                {"status", "in_progress"}}));
    std::map<std::string, json::value> assignees;
    for (const auto& task : stored.at("tasks").as_array()) {
        assignees[std::string(task.at("task_id").as_string())] = task.at("assigned_to");
        EXPECT_EQ(task.at("status"), json::string("assigned_to_sprint"));
    }
    EXPECT_EQ(assignees, (std::map<std::string, json::value>{
                             {"T1", "E1"}, {"T2", "E9"}, {"T3", "E2"}, {"T4", "E1"}}));
    EXPECT_EQ(stored.at("tasks").at(0).at("progress_percentage"), 30);
}

TEST_F(StartSprint, AssignsNobodyWhenAskedToAndWhenThereIsNobody) {
    backlog_.add("T1");
    team_.clear();
    const auto wire = start();

    const auto without_team = wire.post("/sprints/P", kBody);
    EXPECT_EQ(without_team.json().at("warnings").as_array().size(), 1U);
    EXPECT_TRUE(wire.get("/sprints/P-S01/tasks").json().at(0).at("assigned_to").is_null());

    wire.post("/sprints/P-S01/close");
    auto body = kBody;
    body["assign_tasks"] = false;
    const auto unassigned = wire.post("/sprints/P", body);
    ASSERT_EQ(unassigned.status, 201) << unassigned.body;
    EXPECT_EQ(unassigned.json().as_object().if_contains("warnings"), nullptr);
    EXPECT_TRUE(wire.get("/sprints/P-S02/tasks").json().at(0).at("assigned_to").is_null());
}

TEST_F(StartSprint, TellsBacklogStreamAndChronicleUnderOneEventId) {
    const auto wire = start();

    const std::string id = start_sprint(wire, 2);

    ASSERT_TRUE(eventually([&] {
        return backlog_.task("P-T02").at("sprint_id") == json::value(id) &&
               !chronicle_.notes("sprint_planning").empty() && !events_on("dsm:events").empty();
    }));
    EXPECT_EQ(backlog_.task("P-T01").at("status"), json::string("assigned_to_sprint"));
    EXPECT_EQ(backlog_.task("P-T01").at("assigned_to"), json::string("E1"));
    const auto event = events_on("dsm:events").at(0);
    EXPECT_EQ(event.at("event_type"), json::string("SprintStarted"));
    EXPECT_EQ(event.at("aggregate_id"), json::value(id));
    EXPECT_EQ(event.at("payload").at("tasks"), json::value({"P-T01", "P-T02"}));
    const auto note = chronicle_.notes("sprint_planning").at(0);
    EXPECT_EQ(note.at("key"), event.at("event_id"));
    EXPECT_EQ(note.at("planned_tasks"), json::value({"P-T01", "P-T02"}));
}

TEST_F(StartSprint, IsDoneAndToldLaterWhileChronicleBacklogAndStreamAreDown) {
    const auto wire = start();
    events_.down = true;
    chronicle_server_.hang(true);
    backlog_.add("P-T01");

    const auto reply = wire.post("/sprints/P", kBody);
    ASSERT_EQ(reply.status, 201) << reply.body;
    EXPECT_TRUE(events_on("dsm:events").empty());
    EXPECT_TRUE(chronicle_.notes("sprint_planning").empty());

    events_.down = false;
    chronicle_server_.hang(false);
    EXPECT_TRUE(eventually([&] {
        return events_on("dsm:events").size() == 1 &&
               chronicle_.notes("sprint_planning").size() == 1;
    }));
}

TEST_F(StartSprint, IsToldLaterWhileSomethingElseAnswersInTheBacklogsPlace) {
    const auto wire = start();
    for (const int status : {401, 403, 404}) {
        const std::string project = fmt::format("P-{}", status);
        backlog_.add("T" + project);
        backlog_.misrouted = status;
        const int before = backlog_.puts;
        const json::value body{{"sprint_name", "One"}, {"duration_weeks", 2}};
        ASSERT_EQ(wire.post("/sprints/" + project, body).status, 201);
        ASSERT_TRUE(eventually([&] { return backlog_.puts > before; })) << status;

        backlog_.misrouted = 0;

        EXPECT_TRUE(eventually([&] {
            return backlog_.task("T" + project).at("sprint_id") == json::string(project + "-S01");
        })) << status;
    }
}

TEST_F(StartSprint, IsToldWithTheTimeOfTheChangeHoweverLate) {
    const auto wire = start();
    backlog_.misrouted = 404;
    start_sprint(wire, 1);
    ASSERT_TRUE(eventually([&] { return backlog_.puts > 0; }));

    clock_.advance(std::chrono::hours(1));
    backlog_.misrouted = 0;

    ASSERT_TRUE(eventually([&] { return !backlog_.task("P-T01").at("sprint_id").is_null(); }));
    EXPECT_EQ(backlog_.task("P-T01").at("updated_at"), json::string("2025-09-03T10:00:00.000000Z"));
}

// An earlier implementation published before it had committed, and lost what could not be sent.
using Mistake20 = StartSprint;

TEST_F(Mistake20, AnEventThatCouldNotBePublishedIsNotLostByARestart) {
    events_.down = true;
    backlog_.add("P-T01");
    EXPECT_EQ(start().post("/sprints/P", kBody).status, 201);
    host_.reset();
    events_.down = false;

    start();

    EXPECT_TRUE(eventually([&] { return events_on("dsm:events").size() == 1; }));
}

// An earlier implementation made three sprints and then a deadlock of two requests.
using Mistake19 = StartSprint;

TEST_F(Mistake19, OfSixteenSprintsStartedAtOnceExactlyOneSucceeds) {
    for (int i = 0; i < 30; ++i) backlog_.add(fmt::format("T{:02}", i));
    const auto wire = start();
    std::vector<int> statuses(16);
    {
        std::vector<std::jthread> callers;
        for (int& status : statuses) {
            callers.emplace_back([&] { status = wire.post("/sprints/P", kBody).status; });
        }
    }

    EXPECT_EQ(std::ranges::count(statuses, 201), 1);
    EXPECT_EQ(std::ranges::count(statuses, 409), 15);
    EXPECT_EQ(wire.get("/sprints/by-project/P").json().as_array().size(), 1U);
    const auto again = wire.post("/sprints/P", kBody);
    EXPECT_EQ(detail_of(again), json::string("A sprint is already in progress for project P."));
}

// An earlier implementation counted the active sprints.
TEST_F(StartSprint, IsNumberedAfterTheHighestOfItsProjectWhateverItsStatus) {
    backlog_.add("T1");
    const auto wire = start();
    json::array sprints;
    for (const char* id : {"P-S02", "P-S11", "P-Sx", "P-S1-S40", "PP-S70"}) {
        sprints.push_back({{"sprint_id", id},
                           {"project_id", std::string_view(id).starts_with("PP") ? "PP" : "P"},
                           {"sprint_name", id},
                           {"start_date", "2025-01-01"},
                           {"end_date", "2025-01-15"},
                           {"duration_weeks", 2},
                           {"status", "completed"}});
    }
    ASSERT_EQ(wire.post("/workspace", {{"sprints", sprints}}).status, 200);

    EXPECT_EQ(wire.post("/sprints/P", kBody).json().at("sprint_id"), json::string("P-S12"));
}

TEST_F(Mistake20, ProjectIdsAreTakenWholeThoughTheyHoldDashesOrAreWordsOfRoutes) {
    backlog_.add("T1");
    const auto wire = start();

    EXPECT_EQ(wire.post("/sprints/active", kBody).json().at("sprint_id"), "active-S01");
    backlog_.add("T2");  // the first sprint takes T1, sooner or later
    EXPECT_EQ(wire.post("/sprints/a-b-c", kBody).json().at("sprint_id"), "a-b-c-S01");
    ASSERT_TRUE(eventually([&] { return events_on("dsm:events").size() == 2; }));
    EXPECT_EQ(events_on("dsm:events").at(1).at("payload").at("project_id"), "a-b-c");
}

TEST_F(StartSprint, SaysWhichNeighbourIsDownSlowOrTalksNonsense) {
    const testing::FakeServer nonsense(
        [](const http::Request&) { return http::Response::text(200, "<html>secret</html>"); });
    const testing::FakeServer wrong(
        [](const http::Request&) { return http::Response::json(200, json::value(7)); });
    const testing::FakeServer broken(
        [](const http::Request&) { return http::Response::text(500, "Traceback: secret"); });
    struct Row {
        std::string sentence;
        std::string backlog_url;
        int status;
        std::string detail;
    };
    const std::vector<Row> rows{
        {"down", "http://127.0.0.1:1", 503, "Could not connect to Backlog Service: "},
        {"nonsense", nonsense.url(), 502, "Backlog Service error: "},
        {"another shape", wrong.url(), 502, "Backlog Service error: "},
        {"an error of its own", broken.url(), 502, "Backlog Service error: Internal Server Error"},
    };
    for (const Row& row : rows) {
        config_.backlog_url = row.backlog_url;
        const auto reply = start().post("/sprints/P", kBody);

        EXPECT_EQ(reply.status, row.status) << row.sentence;
        const std::string detail(detail_of(reply).as_string());
        EXPECT_TRUE(detail.starts_with(row.detail)) << row.sentence << ": " << detail;
        EXPECT_FALSE(detail.contains("secret")) << row.sentence;
        host_.reset();
    }
    config_.backlog_url = backlog_server_.url();
    projects_.hang(true);
    const auto slow = start().post("/sprints/P", kBody);
    EXPECT_EQ(slow.status, 503);
    EXPECT_TRUE(detail_of(slow).as_string().starts_with("Could not connect to Project Service: "));
}

TEST_F(StartSprint, AnswersForANeighbourThatHangsOnceItHasFailedOften) {
    config_.calls.project.timeout = std::chrono::milliseconds(50);
    config_.calls.project.breaker = {.failures_to_open = 3, .open_for = std::chrono::seconds(600)};
    const auto wire = start();
    projects_.hang(true);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(wire.post("/sprints/P", kBody).status, 503);
    projects_.hang(false);

    // It would answer now: whoever is not asked cannot have held this up.
    const auto reply = wire.post("/sprints/P", kBody);
    EXPECT_EQ(reply.status, 503);
    EXPECT_TRUE(detail_of(reply).as_string().starts_with(
        "Could not connect to Project Service: it failed again and again and is not asked for"))
        << reply.body;
    EXPECT_GT(std::stoi(std::string(reply.headers.find("Retry-After").value_or("0"))), 500);
    EXPECT_EQ(wire.get("/health/ready").json().at("external_apis").at("project_service"),
              "circuit_open");
    EXPECT_EQ(wire.get("/sprints/by-project/P").status, 200) << "what needs nobody else goes on";
}

TEST_F(StartSprint, PassesOnWhenABusyNeighbourWantsToBeAskedAgain) {
    const testing::FakeServer busy([](const http::Request&) {
        auto answer = http::error(503, "Too many requests in progress");
        answer.headers.set("Retry-After", "30");
        return answer;
    });
    config_.project_url = busy.url();
    const auto reply = start().post("/sprints/P", kBody);

    EXPECT_EQ(reply.status, 502);
    EXPECT_EQ(reply.headers.find("Retry-After"), "30");
}

}  // namespace
}  // namespace dsm::sprint

// Daily scrum reports at the wire: what was written is read, merged, by every filter.
#include <thread>

#include "services/chronicle/http/chronicle_fixture_test.hpp"

namespace dsm::chronicle {
namespace {

namespace json = boost::json;

json::object task(const std::string& id, const std::string& today = "work") {
    return {{"id", id},
            {"yesterday_work", "y"},
            {"today_work", today},
            {"impediments", "none"},
            {"created_at", "2025-08-31T14:00:00Z"}};
}

json::object report(const std::string& sprint, const std::string& day, const std::string& employee,
                    const json::array& tasks) {
    return {{"project_id", "P1"},
            {"sprint_id", sprint},
            {"report_date", day},
            {"summary", "summary of " + day},
            {"summary_metrics",
             {{"total_team_members", 2},
              {"total_tasks", 10},
              {"completed_tasks", 3},
              {"pending_tasks", 7}}},
            {"reports", {{day, json::array{{{"employee_id", employee}, {"tasks", tasks}}}}}}};
}

json::object decision(const std::string& event_id) {
    auto body = report("P1-S01", "2025-08-31", "unused", {});
    body["event_id"] = event_id;
    body["summary"] = "Recreating the CronJob.";
    body["reports"] = {{"2025-08-31", json::array{{{"assigned_to", "orchestrator"},
                                                   {"tasks", json::array{task("t-1")}}}}}};
    body["orchestration_decision_details"] = {{"decision_id", "d1"}, {"path", "heal"}};
    return body;
}

class DailyReport : public ChronicleFixture {};

TEST_F(DailyReport, IsAnsweredLiterallyAndReadBackWhole) {
    auto body = report("P1-S01", "2025-08-31", "E1", {task("T1")});
    const auto reply = wire_->post(kDaily, body);
    ASSERT_EQ(reply.status, 201);
    const auto id = reply.json().at("note_id").as_string();
    EXPECT_EQ(reply.json(), (json::value{{"message", "Daily scrum report recorded successfully"},
                                         {"note_id", id}}));

    const auto read = get(std::string(kDaily) + "?sprint_id=P1-S01");

    EXPECT_EQ(read,
              (json::value{{"project_id", "P1"},
                           {"sprint_id", "P1-S01"},
                           {"created_at", "2025-08-31T14:05:00Z"},
                           {"summary", "summary of 2025-08-31"},
                           {"summary_metrics", body["summary_metrics"]},
                           {"reports",
                            {{"2025-08-31", json::array{{{"employee_id", "E1"},
                                                         {"tasks", json::array{task("T1")}}}}}}},
                           {"notes", json::array{{{"note_id", id},
                                                  {"event_id", nullptr},
                                                  {"sprint_id", "P1-S01"},
                                                  {"created_at", "2025-08-31T14:05:00Z"},
                                                  {"summary", "summary of 2025-08-31"}}}}}));
}

// An earlier implementation kept reports that it could not read again.
using Mistake22 = DailyReport;

TEST_F(Mistake22, TheLeastReportThatCanBeWrittenCanBeRead) {
    post(kDaily, {{"project_id", "P1"}, {"reports", json::object()}});
    post(kDaily, {{"project_id", "P2"},
                  {"reports", {{"2025-08-30", json::array{{{"tasks", json::array()}}}}}}});

    const auto least = get(std::string(kDaily) + "?project_id=P1");
    const auto nobody = get(std::string(kDaily) + "?project_id=P2&daily_scrum_date=2025-08-30");

    EXPECT_EQ(least.at("sprint_id"), nullptr);
    EXPECT_EQ(least.at("summary_metrics"), nullptr);
    EXPECT_EQ(least.at("reports"), json::value(json::object()));
    EXPECT_EQ(nobody.at("reports").at("2025-08-30").at(0).at("employee_id"), nullptr);
}

TEST_F(DailyReport, ComesUnderOneNameWhetherWrittenAsAssignedToOrEmployeeId) {
    post(kDaily, {{"project_id", "P1"},
                  {"reports",
                   {{"2025-08-31",
                     json::array{{{"assigned_to", "E1"}, {"tasks", json::array{task("T1")}}},
                                 {{"employee_id", "E2"}, {"tasks", json::array{task("T2")}}}}}}}});

    const auto day = get(std::string(kDaily) + "?project_id=P1").at("reports").at("2025-08-31");

    EXPECT_EQ(day.at(0).at("employee_id"), "E1");
    EXPECT_EQ(day.at(1).at("employee_id"), "E2");
}

TEST_F(DailyReport, MergesNotesNewestDateFirstAndOneEntryAnEmployee) {
    post(kDaily, report("P1-S01", "2025-08-29", "E1", {task("T1", "old")}));
    post(kDaily, report("P1-S01", "2025-08-30", "E1", {task("T1", "new")}));
    clock_.advance(std::chrono::minutes(5));
    post(kDaily, report("P1-S01", "2025-08-29", "E2", {task("T2")}));
    post(kDaily, report("P1-S01", "2025-08-29", "E1", {task("T1", "old"), task("T3")}));

    const auto read = get(std::string(kDaily) + "?sprint_id=P1-S01");

    EXPECT_EQ(json::serialize(read.at("reports")),
              json::serialize(json::object{
                  {"2025-08-30",
                   json::array{{{"employee_id", "E1"}, {"tasks", json::array{task("T1", "new")}}}}},
                  {"2025-08-29",
                   json::array{{{"employee_id", "E1"},
                                {"tasks", json::array{task("T1", "old"), task("T3")}}},
                               {{"employee_id", "E2"}, {"tasks", json::array{task("T2")}}}}}}));
    EXPECT_EQ(read.at("summary"), "summary of 2025-08-29");
    EXPECT_EQ(read.at("created_at"), "2025-08-31T14:10:00Z");
    EXPECT_EQ(read.at("notes").as_array().size(), 4U);
}

TEST_F(DailyReport, IsFoundByEachFilterAndTheirCombination) {
    post(kDaily, report("P1-S01", "2025-08-30", "E1", {task("T1")}));
    post(kDaily, report("P1-S02", "2025-08-31", "E2", {task("T2")}));
    struct Case {
        const char* query;
        std::size_t notes;
    };
    const std::vector<Case> cases = {
        {.query = "", .notes = 2},
        {.query = "?project_id=P1", .notes = 2},
        {.query = "?project_id=P1&limit=1", .notes = 1},
        {.query = "?sprint_id=P1-S02", .notes = 1},
        {.query = "?daily_scrum_date=2025-08-30", .notes = 1},
        {.query = "?project_id=P1&sprint_id=P1-S01&daily_scrum_date=2025-08-30", .notes = 1},
        {.query = "?sprint_id=P1-S01&daily_scrum_date=2025-08-31", .notes = 0},
        {.query = "?project_id=p1", .notes = 0},
        {.query = "?sprint_id=P1%2FS01", .notes = 0},
        {.query = "?sprint_id='%20OR%201=1%20--", .notes = 0},
    };

    for (const auto& c : cases) {
        const auto reply = wire_->get(std::string(kDaily) + c.query);

        if (c.notes == 0) {
            EXPECT_EQ(reply.status, 404) << c.query;
            EXPECT_EQ(
                reply.json(),
                (json::value{{"detail", "No daily scrum reports found for the given criteria."}}));
            continue;
        }
        ASSERT_EQ(reply.status, 200) << c.query << reply.body;
        EXPECT_EQ(reply.json().at("notes").as_array().size(), c.notes) << c.query;
    }
}

TEST_F(DailyReport, OfOneDayShowsThatDayOnly) {
    auto two_days = report("P1-S01", "2025-08-30", "E1", {task("T1")});
    two_days["reports"].as_object()["2025-08-29"] = json::array();
    post(kDaily, two_days);

    const auto day = get(std::string(kDaily) + "?daily_scrum_date=2025-08-29");

    EXPECT_EQ(day.at("reports"), (json::value{{"2025-08-29", json::array()}}));
}

TEST_F(DailyReport, OfTheOrchestratorIsShownOnRequestOnly) {
    post(kDaily, report("P1-S01", "2025-08-30", "E1", {task("T1")}));
    post(kDaily, decision("event-1"));

    const auto without = get(std::string(kDaily) + "?project_id=P1");
    const auto with = get(std::string(kDaily) + "?project_id=P1&include=decisions");

    EXPECT_EQ(without.at("notes").as_array().size(), 1U);
    ASSERT_EQ(with.at("notes").as_array().size(), 2U);
    EXPECT_EQ(with.at("summary"), "Recreating the CronJob.");
    const auto& note = with.at("notes").at(0);
    EXPECT_EQ(note.at("event_id"), "event-1");
    EXPECT_EQ(note.at("orchestration_decision_details").at("path"), "heal");
}

TEST_F(DailyReport, OfTheOrchestratorAloneIsNoReport) {
    post(kDaily, decision("event-1"));

    EXPECT_EQ(wire_->get(kDaily).status, 404);
}

TEST_F(DailyReport, WithASourceSeenBeforeGetsTheFirstAnswerAgain) {
    auto body = report("P1-S01", "2025-08-30", "E1", {task("T1")});
    body["event_id"] = "e-1";
    http::Headers headers;
    headers.set("Idempotency-Key", "k-1");
    const auto first = post(kDaily, body);
    body["summary"] = "changed";

    EXPECT_EQ(post(kDaily, body), first);
    start();
    EXPECT_EQ(post(kDaily, body), first);
    body.erase("event_id");
    const auto keyed = post(kDaily, body, headers);
    EXPECT_NE(keyed, first);
    EXPECT_EQ(post(kDaily, body, headers), keyed);
    const auto read = get(kDaily);
    EXPECT_EQ(read.at("notes").as_array().size(), 2U);
}

TEST_F(DailyReport, SentSixteenTimesAtOnceIsKeptOnce) {
    auto body = report("P1-S01", "2025-08-30", "E1", {task("T1")});
    body["event_id"] = "e-1";
    std::vector<std::string> ids(16);
    {
        std::vector<std::jthread> threads;
        for (auto& id : ids) threads.emplace_back([&] { id = post(kDaily, body); });
    }

    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1U);
    EXPECT_EQ(get(kDaily).at("notes").as_array().size(), 1U);
}

TEST_F(DailyReport, ListsEverythingThatIsWrongWithIt) {
    const json::value body{
        {"sprint_id", 7},
        {"report_date", "31.8."},
        {"summary_metrics", {{"total_team_members", "2"}, {"total_tasks", 1.5}}},
        {"event_id", ""},
        {"reports",
         {{"yesterday", json::array()},
          {"2025-08-31", json::array{{{"tasks", json::array{{{"id", 1}}, "text"}}}, {}, 5}},
          {"2025-08-30", "none"}}}};

    const auto errors = errors_of(wire_->post(kDaily, body));

    EXPECT_NE(errors.find(R"(["body","event_id"] string_too_short)"), std::string::npos) << errors;
    const auto rest = errors_of(wire_->post(kDaily, [&] {
        auto without = body.as_object();
        without.erase("event_id");
        return json::value(without);
    }()));
    EXPECT_EQ(rest, R"(["body","project_id"] missing
["body","sprint_id"] string_type
["body","summary_metrics","total_tasks"] int_from_float
["body","summary_metrics","completed_tasks"] missing
["body","summary_metrics","pending_tasks"] missing
["body","reports","yesterday"] date_from_datetime_parsing
["body","reports","2025-08-31",0,"tasks",0,"id"] string_type
["body","reports","2025-08-31",0,"tasks",0,"created_at"] missing
["body","reports","2025-08-31",0,"tasks",1] model_attributes_type
["body","reports","2025-08-31",1,"tasks"] missing
["body","reports","2025-08-31",2] model_attributes_type
["body","reports","2025-08-30"] list_type
["body","report_date"] date_from_datetime_parsing
)");
    EXPECT_EQ(wire_->get(kDaily).status, 404);
}

TEST_F(DailyReport, RefusesBodiesAndQueriesThatAreNone) {
    EXPECT_EQ(errors_of(wire_->send("POST", kDaily, "")), "[\"body\"] missing\n");
    EXPECT_EQ(errors_of(wire_->send("POST", kDaily, "[]")), "[\"body\"] model_attributes_type\n");
    EXPECT_EQ(errors_of(wire_->send("POST", kDaily, "{")), "[\"body\",1] json_invalid\n");
    EXPECT_EQ(wire_->send("POST", kDaily, std::string(10'000, '[')).status, 422);
    EXPECT_EQ(errors_of(wire_->get(std::string(kDaily) + "?daily_scrum_date=today&limit=0")),
              "[\"query\",\"limit\"] greater_than_equal\n"
              "[\"query\",\"daily_scrum_date\"] date_from_datetime_parsing\n");
}

TEST_F(DailyReport, RefusesIdsThatNoPathCouldName) {
    for (const std::string& id : {std::string("a/b"), std::string("a\nb"), std::string("a\0b", 3),
                                  std::string(256, 'x'), std::string()}) {
        const auto reply = wire_->post(kDaily, {{"project_id", id}, {"reports", json::object()}});

        EXPECT_EQ(reply.status, 422) << json::serialize(json::value(id));
    }
    post(kDaily, {{"project_id", std::string(255, 'x')}, {"reports", json::object()}});
    EXPECT_EQ(wire_->get(std::string(kDaily) + "?project_id=" + std::string(255, 'x')).status, 200);
}

TEST_F(DailyReport, KeepsHostileTextAsItIs) {
    const std::string text = "'; DROP TABLE notes; -- \" \\ \n\r\t <b> \u00fc \U0001F600 %s {}";
    post(kDaily, {{"project_id", "P 'quoted' %"}, {"summary", text}, {"reports", json::object()}});

    const auto read = get(std::string(kDaily) + "?project_id=P%20'quoted'%20%25");

    EXPECT_EQ(read.at("summary").as_string(), text);
}

TEST_F(DailyReport, RefusesZeroBytesWhichNotEveryStoreCanKeep) {
    const auto body = R"({"project_id":"P1","summary":"a\u0000b","reports":{}})";

    EXPECT_EQ(errors_of(wire_->send("POST", kDaily, body)), "[\"body\",\"summary\"] value_error\n");
    EXPECT_EQ(wire_->get(std::string(kDaily) + "?sprint_id=%00").status, 422);
}

TEST_F(DailyReport, IsReadAmongThousands) {
    for (int i = 0; i < 2000; ++i) {
        const auto day = format_date(*parse_date("2020-01-01") + std::chrono::days(i));
        post(kDaily, report("P1-S01", day, "E1", {task("T1")}));
    }

    const auto all = get(std::string(kDaily) + "?sprint_id=P1-S01");
    const auto one = get(std::string(kDaily) + "?daily_scrum_date=2021-01-01");

    EXPECT_EQ(all.at("reports").as_object().size(), 2000U);
    EXPECT_EQ(all.at("reports").as_object().begin()->key(), "2025-06-22");
    EXPECT_EQ(one.at("reports").as_object().size(), 1U);
}

}  // namespace
}  // namespace dsm::chronicle

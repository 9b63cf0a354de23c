// Import and export at the wire: checked whole, kept as it is, written the same way every time.
#include "services/project/wire_test.hpp"

namespace dsm::project {
namespace {

const char* const kWorkspace = R"({
  "projects": [
    {"id":"P1","name":"N","description":"D","status":"inactive","team":["E1","E2"]},
    {"id":"P2","name":"M","description":"","status":"active","team":[]}],
  "employees": [
    {"id":"E1","name":"Ann","gender":"Female","state":"WA","age":34},
    {"id":"E2","name":"Bob"}],
  "holidays": [{"date":"2025-09-01","name":"Labor Day","type":"Federal"}],
  "pto": [
    {"employee_id":"E1","start_date":"2025-09-03","end_date":"2025-09-04"},
    {"employee_id":"E1","start_date":"2025-09-03","end_date":"2025-09-04","reason":"away"}]})";

TEST_F(ProjectWire, NamesThePlaceOfEveryErrorOfAnImportAndWritesNothing) {
    const char* const body = R"({
      "projects": [7, {"id":"P1","name":"N","description":"D","status":"s","team":["E9", 3]},
                   {"id":"P1","name":"N","description":"D","status":"s","team":["E8"]}],
      "employees": [{"id":"a/b","name":"Ann"}],
      "holidays": {},
      "pto": [{"employee_id":"E7","start_date":"2025-09-04","end_date":"2025-09-03"}]})";

    EXPECT_EQ(errors_of(wire().send("POST", "/workspace", body)),
              "model_attributes_type body.projects.0, string_type body.projects.1.team.1, "
              "value_error body.projects.2.id, value_error body.employees.0.id, "
              "list_type body.holidays, value_error body.pto.0.end_date, "
              "value_error body.projects.2.team.0, value_error body.pto.0.employee_id");
    expect(wire().get("/workspace"), 200,
           R"({"projects":[],"employees":[],"holidays":[],"pto":[]})");
}

TEST_F(ProjectWire, WritesWhatItRead) {
    expect(wire().send("POST", "/workspace", kWorkspace), 200, R"({"imported":7,"kept":0})");
    expect(wire().get("/workspace"), 200, kWorkspace);
    EXPECT_EQ(wire().get("/workspace").body, wire().get("/workspace").body);
}

TEST_F(ProjectWire, OnlyCountsInADryRun) {
    expect(wire().send("POST", "/workspace?dry_run=true", kWorkspace), 200,
           R"({"imported":7,"kept":0})");
    expect(wire().get("/projects"), 200, "[]");
    EXPECT_EQ(errors_of(wire().send("POST", "/workspace?dry_run=maybe", kWorkspace)),
              "bool_parsing query.dry_run");
}

TEST_F(ProjectWire, KeepsRowsThatExistAsTheyAre) {
    wire().post("/projects", project("P2"));
    wire().put("/projects/P2/status", {{"status", "mine"}});

    expect(wire().send("POST", "/workspace", kWorkspace), 200, R"({"imported":6,"kept":1})");
    expect(wire().send("POST", "/workspace", kWorkspace), 200, R"({"imported":0,"kept":7})");
    EXPECT_EQ(wire().get("/projects/P2").json().at("status"), "mine");
}

TEST_F(ProjectWire, DoesNotImportTimeOffThatWasPosted) {
    given_a_team();
    wire().post("/projects/P1/calendar/pto?employee_id=E1",
                {{"start_date", "2025-09-03"}, {"end_date", "2025-09-04"}});
    wire().post("/projects/P1/calendar/pto?employee_id=E1",
                {{"start_date", "2025-09-03"}, {"end_date", "2025-09-04"}});

    expect(wire().post("/workspace", {{"pto",
                                       {{{"employee_id", "E1"},
                                         {"start_date", "2025-09-03"},
                                         {"end_date", "2025-09-04"}}}}}),
           200, R"({"imported":0,"kept":1})");
    EXPECT_EQ(wire().get("/workspace").json().at("pto").as_array().size(), 1U);
}

TEST_F(ProjectWire, ImportsALargeWorkspace) {
    boost::json::array projects;
    boost::json::array employees;
    for (int i = 0; i < 2'000; ++i) {
        const std::string number = std::to_string(100'000 + i);
        employees.push_back({{"id", "E" + number}, {"name", "N" + number}});
        auto row = project("P" + number);
        row["team"] = boost::json::array{"E" + number};
        projects.push_back(row);
    }

    const boost::json::object body{{"projects", projects}, {"employees", employees}};
    expect(wire().post("/workspace", body), 200, R"({"imported":4000,"kept":0})");
    EXPECT_EQ(wire().get("/workspace").json().at("projects"), projects);
    EXPECT_EQ(wire().get("/projects").json().as_array().size(), 2'000U);
}

}  // namespace
}  // namespace dsm::project

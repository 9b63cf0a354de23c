// Employees and teams at the wire.
#include "services/project/wire_test.hpp"

namespace dsm::project {
namespace {

TEST_F(ProjectWire, AsksForAnEmployeesIdAndName) {
    const char* const sentence = R"({"detail":"Employee ID and name are required."})";

    expect(wire().post("/employees", boost::json::object()), 422, sentence);
    expect(wire().post("/employees", {{"employee_id", "E1"}}), 422, sentence);
    expect(wire().post("/employees", {{"employee_id", ""}, {"name", "Ann"}}), 422, sentence);
    expect(wire().post("/employees", {{"employee_id", nullptr}, {"name", "Ann"}}), 422, sentence);
    EXPECT_EQ(errors_of(wire().post("/employees", {{"employee_id", 7}, {"name", true}})),
              "string_type body.employee_id, string_type body.name");
    EXPECT_EQ(errors_of(wire().post("/employees",
                                    {{"employee_id", "a/b"}, {"name", "Ann"}, {"age", "old"}})),
              "value_error body.employee_id, int_parsing body.age");
    expect(wire().get("/teams"), 200, "[]");
}

TEST_F(ProjectWire, TakesAnAgeInAnyOfItsSpellings) {
    wire().post("/employees", {{"employee_id", "E1"}, {"name", "Ann"}, {"age", "34"}});
    wire().post("/employees", {{"employee_id", "E2"}, {"name", "Bob"}, {"age", 34.0}});

    EXPECT_EQ(wire().get("/employees/E1").json().at("age"), 34);
    EXPECT_EQ(wire().get("/employees/E2").json().at("age"), 34);
    EXPECT_EQ(errors_of(wire().post("/employees",
                                    {{"employee_id", "E3"}, {"name", "Cid"}, {"age", 34.5}})),
              "int_from_float body.age");
}

TEST_F(ProjectWire, KeepsAnEmployeeThatExists) {
    expect(wire().post("/employees", {{"employee_id", "E1"}, {"name", "Ann"}, {"state", "WA"}}),
           201, R"({"employee_id":"E1","employee_name":"Ann"})");
    expect(wire().post("/employees", {{"employee_id", "E1"}, {"name", "Other"}}), 201,
           R"({"employee_id":"E1","employee_name":"Ann"})");
    expect(wire().get("/employees/E1"), 200,
           R"({"id":"E1","name":"Ann","gender":null,"state":"WA","age":null,)"
           R"("project_assign":false,"active":true,"assigned_projects":[]})");
    expect(wire().get("/employees/E2"), 404, R"({"detail":"Employee not found"})");
    expect(wire().get("/employees/E1%00"), 404, R"({"detail":"Employee not found"})");
}

TEST_F(ProjectWire, AsksForAListOfStringsAsATeam) {
    const std::string path = "/projects/P1/team-members-assign";
    wire().post("/projects", project("P1"));

    expect(wire().post(path, boost::json::object()), 422,
           R"({"detail":"'employee_ids' must be a list."})");
    expect(wire().post(path, {{"employee_ids", "E1"}}), 422,
           R"({"detail":"'employee_ids' must be a list."})");
    expect(wire().post(path, {{"employee_ids", {"E1", 7}}}), 422,
           R"({"detail":"All 'employee_ids' must be strings."})");
    EXPECT_EQ(errors_of(wire().post(path)), "missing body");
}

TEST_F(ProjectWire, AssignsATeamWholeOrNotAtAll) {
    wire().post("/projects", project("P1"));
    wire().post("/employees", {{"employee_id", "E1"}, {"name", "Ann"}});

    expect(wire().post("/projects/P9/team-members-assign", {{"employee_ids", {"E1"}}}), 404,
           R"({"detail":"Project P9 not found."})");
    expect(wire().post("/projects/P1/team-members-assign", {{"employee_ids", {"E1", "E9"}}}), 404,
           R"({"detail":"Employee not found"})");
    expect(wire().post("/projects/P1/team-members-assign", {{"employee_ids", {"E1", "a/b"}}}), 404,
           R"({"detail":"Employee not found"})");
    expect(wire().get("/projects/P1/team-members"), 200,
           R"({"project_id":"P1","team_members":[]})");
}

TEST_F(ProjectWire, ListsATeamByIdHoweverOftenItWasAssigned) {
    given_a_team();

    expect(wire().post("/projects/P1/team-members-assign", {{"employee_ids", {"E1", "E1"}}}), 200,
           R"({"message":"Team members assigned to project P1 successfully"})");
    expect(wire().get("/projects/P1/team-members"), 200,
           R"({"project_id":"P1","team_members":[)"
           R"({"id":"E1","name":"Ann","gender":null,"state":null,"age":null},)"
           R"({"id":"E2","name":"Bob","gender":null,"state":null,"age":null}]})");
    expect(wire().get("/projects/P9/team-members"), 404, R"({"detail":"Project P9 not found."})");
    expect(wire().get("/teams"), 200,
           R"([{"employee_id":"E1","employee_name":"Ann"},)"
           R"({"employee_id":"E2","employee_name":"Bob"}])");
    EXPECT_EQ(wire().get("/employees/E1").json().at("project_assign"), true);
    EXPECT_EQ(wire().get("/employees/E1").json().at("assigned_projects"),
              boost::json::parse(R"(["P1"])"));
}

}  // namespace
}  // namespace dsm::project

// Projects at the wire: errors first, then what is kept.
#include <future>

#include "services/project/wire_test.hpp"

namespace dsm::project {
namespace {

TEST_F(ProjectWire, ReportsEveryErrorOfANewProjectAtOnce) {
    EXPECT_EQ(errors_of(wire().post("/projects")), "missing body");
    EXPECT_EQ(errors_of(wire().send("POST", "/projects", "{")), "json_invalid body.1");
    EXPECT_EQ(errors_of(wire().send("POST", "/projects", "[]")), "model_attributes_type body");
    EXPECT_EQ(errors_of(wire().post("/projects", {{"id", 7}, {"name", nullptr}})),
              "string_type body.id, string_type body.name, missing body.description, "
              "missing body.status");
    EXPECT_EQ(errors_of(wire().send("POST", "/projects", R"({"id":"a","id":"b"})")).substr(0, 12),
              "json_invalid");
    expect(wire().get("/projects"), 200, "[]");
}

TEST_F(ProjectWire, RefusesIdsThatCouldNotBeAddressed) {
    for (const std::string& id :
         {std::string(), std::string("a/b"), std::string("a\nb"), std::string("a\0b", 3),
          std::string(256, 'x'), std::string("\xC2\x85"), std::string(10'240, 'y')}) {
        EXPECT_EQ(errors_of(wire().post("/projects", project(id))).ends_with("body.id"), true)
            << boost::json::serialize(boost::json::value(id));
    }
    expect(wire().get("/projects"), 200, "[]");
}

TEST_F(ProjectWire, RefusesANullCharacterInAnyText) {
    auto body = project("P1");
    body["name"] = std::string("a\0b", 3);

    EXPECT_EQ(errors_of(wire().post("/projects", body)), "value_error body.name");
}

TEST_F(ProjectWire, KeepsAProjectOnce) {
    expect(wire().post("/projects", project("P1")), 201,
           R"({"message":"Project created successfully","project_id":"P1"})");
    expect(wire().post("/projects", project("P1")), 409,
           R"({"detail":"Project P1 already exists."})");
    expect(wire().get("/projects/P1"), 200,
           R"({"id":"P1","name":"N","description":"D","status":"inactive"})");
}

TEST_F(ProjectWire, CreatesOneOfSixteenAtOnce) {
    std::vector<std::future<int>> calls;
    for (int i = 0; i < 16; ++i) {
        calls.push_back(std::async(std::launch::async,
                                   [&] { return wire().post("/projects", project("P1")).status; }));
    }

    std::map<int, int> answers;
    for (auto& call : calls) ++answers[call.get()];
    EXPECT_EQ(answers, (std::map<int, int>{{201, 1}, {409, 15}}));
}

TEST_F(ProjectWire, FindsOnlyTheExactId) {
    wire().post("/projects", project("P1"));
    const std::string long_id(255, 'x');
    wire().post("/projects", project(long_id));
    wire().post("/projects", project("a'b\"c; DROP TABLE projects"));

    expect(wire().get("/projects/p1"), 404, R"({"detail":"Project p1 not found."})");
    EXPECT_EQ(wire().get("/projects/P1%00").status, 404);
    EXPECT_EQ(wire().get("/projects/P1%2F").status, 404);
    EXPECT_EQ(wire().get("/projects/..").status, 404);
    EXPECT_EQ(wire().get("/projects/%2e%2e%2fP1").status, 404);
    EXPECT_EQ(wire().get("/projects/P1%0A").status, 404);
    EXPECT_EQ(wire().get("/projects/" + long_id).status, 200);
    EXPECT_EQ(wire().get("/projects/" + long_id + "x").status, 404);
    EXPECT_EQ(wire().get("/projects/" + std::string(10'240, 'x')).status, 404);
    EXPECT_EQ(wire().get("/projects/a%27b%22c%3B%20DROP%20TABLE%20projects").status, 200);
    EXPECT_EQ(wire().get("/projects").json().as_array().size(), 3U);
}

TEST_F(ProjectWire, KeepsDotsAsAnOrdinaryId) {
    wire().post("/projects", project(".."));

    EXPECT_EQ(wire().get("/projects/..").status, 200);
    EXPECT_EQ(wire().get("/projects/%2E%2E/team-members").status, 200);
}

TEST_F(ProjectWire, ListsByIdInPages) {
    for (const char* id : {"b", "a", "C", "10", "9"}) wire().post("/projects", project(id));
    const auto ids = [&](const std::string& query) {
        std::string text;
        for (const auto& row : wire().get("/projects" + query).json().as_array()) {
            text += std::string(row.at("id").as_string()) + " ";
        }
        return text;
    };

    EXPECT_EQ(ids(""), "10 9 C a b ");
    EXPECT_EQ(ids("?limit=2"), "10 9 ");
    EXPECT_EQ(ids("?limit=2&offset=2"), "C a ");
    EXPECT_EQ(ids("?offset=4"), "b ");
    EXPECT_EQ(ids("?offset=99"), "");
    EXPECT_EQ(errors_of(wire().get("/projects?limit=0")), "greater_than_equal query.limit");
    EXPECT_EQ(errors_of(wire().get("/projects?limit=100001&offset=-1")),
              "less_than_equal query.limit, greater_than_equal query.offset");
    EXPECT_EQ(errors_of(wire().get("/projects?limit=ten")), "int_parsing query.limit");
}

TEST_F(ProjectWire, SetsAStatus) {
    wire().post("/projects", project("P1"));

    EXPECT_EQ(errors_of(wire().put("/projects/P1/status", boost::json::object())),
              "missing body.status");
    expect(wire().put("/projects/P2/status", {{"status", "active"}}), 404,
           R"({"detail":"Project P2 not found."})");
    expect(wire().put("/projects/P1/status", {{"status", "active"}}), 200,
           R"({"message":"Project status updated successfully","project_id":"P1",)"
           R"("status":"active"})");
    EXPECT_EQ(wire().get("/projects/P1").json().at("status"), "active");
}

TEST_F(ProjectWire, SaysWhatItDoesNotKnow) {
    expect(wire().get("/nothing"), 404, R"({"detail":"Not Found"})");
    const auto wrong = wire().del("/projects");
    expect(wrong, 405, R"({"detail":"Method Not Allowed"})");
    EXPECT_TRUE(wrong.headers.find("Allow").has_value());
}

TEST_F(ProjectWire, IsReadyWhileItsDatabaseIs) {
    expect(wire().get("/health/ready"), 200,
           R"({"service":"project-service","status":"ready","database":"ok",)"
           R"("timestamp":"2025-08-31T14:05:00Z"})");
    expect(wire().get("/health"), 200, R"({"status":"ok"})");
    EXPECT_EQ(wire().get("/metrics").status, 200);
}

TEST_F(ProjectWire, FindsEverythingAfterARestart) {
    given_a_team();

    restart();

    EXPECT_EQ(wire().get("/projects/P1/team-members").json().at("team_members").as_array().size(),
              2U);
}

}  // namespace
}  // namespace dsm::project

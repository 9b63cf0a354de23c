// One task's change, and import and export, at the wire.
#include "services/backlog/wire_test.hpp"

namespace dsm::backlog {
namespace {

const char* const kTask =
    R"({"task_id":"T1","project_id":"P1","title":"t","description":"d","status":"in_progress",)"
    R"("assigned_to":"E1","sprint_id":"P1-S01","progress_percentage":40})";

std::string workspace(const std::string& tasks) {
    return R"({"tasks":[)" + tasks + "]}";
}

class TaskWire : public BacklogWire {
protected:
    void given_a_task() { wire().send("POST", "/workspace", workspace(kTask)); }
};

TEST_F(TaskWire, RefusesAChangeOfNothing) {
    given_a_task();

    expect(wire().put("/tasks/T1", boost::json::object()), 422,
           R"({"detail":"No fields provided for update."})");
    expect(wire().put("/tasks/T1", {{"title", nullptr}, {"unknown", 1}}), 422,
           R"({"detail":"No fields provided for update."})");
    EXPECT_EQ(errors_of(wire().send("PUT", "/tasks/T1", "")), "missing body");
    expect(wire().put("/tasks/T9", {{"title", "x"}}), 404, R"({"detail":"Task T9 not found."})");
    EXPECT_EQ(wire().put("/tasks/T1%00", {{"title", "x"}}).status, 404);
    EXPECT_EQ(task("T1"), boost::json::parse(kTask));
}

TEST_F(TaskWire, ReportsEveryErrorOfAChangeAtOnce) {
    given_a_task();

    EXPECT_EQ(errors_of(wire().put("/tasks/T1", {{"title", 1},
                                                 {"status", true},
                                                 {"assigned_to", "a/b"},
                                                 {"sprint_id", ""},
                                                 {"progress_percentage", 101},
                                                 {"updated_at", "soon"}})),
              "string_type body.title, string_type body.status, value_error body.assigned_to, "
              "string_too_short body.sprint_id, less_than_equal body.progress_percentage, "
              "value_error body.updated_at");
    EXPECT_EQ(errors_of(wire().put("/tasks/T1", {{"progress_percentage", -1}})),
              "greater_than_equal body.progress_percentage");
    EXPECT_EQ(errors_of(wire().put("/tasks/T1", {{"progress_percentage", 1.5}})),
              "int_from_float body.progress_percentage");
    EXPECT_EQ(task("T1"), boost::json::parse(kTask));
}

TEST_F(TaskWire, ChangesWhatItIsGiven) {
    given_a_task();

    expect(wire().put("/tasks/T1", {{"title", "new"}, {"progress_percentage", "55"}}), 200,
           R"({"message":"Task T1 updated successfully"})");
    EXPECT_EQ(task("T1").at("title"), "new");
    EXPECT_EQ(task("T1").at("progress_percentage"), 55);
    EXPECT_EQ(task("T1").at("sprint_id"), "P1-S01");
    EXPECT_EQ(task("T1").at("assigned_to"), "E1");
}

TEST_F(TaskWire, ClearsTheSprintByNullOrByUnassigning) {
    given_a_task();

    wire().put("/tasks/T1", {{"sprint_id", nullptr}});
    EXPECT_EQ(task("T1").at("sprint_id"), nullptr);
    wire().put("/tasks/T1", {{"sprint_id", "P1-S02"}});
    wire().put("/tasks/T1", {{"status", "unassigned"}});
    EXPECT_EQ(task("T1").at("sprint_id"), nullptr);
    EXPECT_EQ(task("T1").at("assigned_to"), "E1");
    EXPECT_EQ(task("T1").at("progress_percentage"), 40);
}

TEST_F(TaskWire, NamesThePlaceOfEveryErrorOfAnImportAndWritesNothing) {
    const std::string good = kTask;
    EXPECT_EQ(errors_of(wire().send("POST", "/workspace",
                                    workspace(good + "," + good + R"(,{"task_id":""},[])"))),
              "value_error body.tasks.1.task_id, string_too_short body.tasks.2.task_id, "
              "missing body.tasks.2.project_id, missing body.tasks.2.title, "
              "missing body.tasks.2.description, missing body.tasks.2.status, "
              "missing body.tasks.2.progress_percentage, model_attributes_type body.tasks.3");
    expect(wire().get("/workspace"), 200, R"({"tasks":[]})");
}

TEST_F(TaskWire, WritesWhatItReadAndKeepsWhatExists) {
    const std::string second =
        R"({"task_id":"T0","project_id":"P9","title":"","description":"","status":"unassigned",)"
        R"("assigned_to":null,"sprint_id":null,"progress_percentage":0})";

    expect(wire().send("POST", "/workspace?dry_run=true", workspace(kTask)), 200,
           R"({"imported":1,"kept":0})");
    expect(wire().get("/workspace"), 200, R"({"tasks":[]})");
    given_a_task();
    expect(wire().send("POST", "/workspace", workspace(std::string(kTask) + "," + second)), 200,
           R"({"imported":1,"kept":1})");
    expect(wire().get("/workspace"), 200, workspace(second + "," + kTask));
    expect(wire().send("POST", "/workspace", "{}"), 200, R"({"imported":0,"kept":0})");
}

TEST_F(TaskWire, ImportsALargeWorkspace) {
    boost::json::array tasks;
    for (int i = 0; i < 4'000; ++i) {
        auto row = boost::json::parse(kTask).as_object();
        row["task_id"] = "T" + std::to_string(100'000 + i);
        tasks.push_back(row);
    }

    expect(wire().post("/workspace", {{"tasks", tasks}}), 200, R"({"imported":4000,"kept":0})");
    EXPECT_EQ(wire().get("/backlogs/P1").json(), tasks);
}

}  // namespace
}  // namespace dsm::backlog

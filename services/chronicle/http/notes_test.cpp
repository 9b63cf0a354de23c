// Planning notes, retrospectives and audits at the wire.
#include "services/chronicle/http/chronicle_fixture_test.hpp"

namespace dsm::chronicle {
namespace {

namespace json = boost::json;

json::object planning(const std::string& sprint) {
    return {{"project_id", "P1"},
            {"sprint_id", sprint},
            {"sprint_goal", "ship it"},
            {"planned_tasks", json::array{"T1", "T2"}}};
}

json::object retrospective(const std::string& sprint) {
    return {{"project_id", "P1"}, {"sprint_id", sprint}};
}

json::object audit(const std::string& id, const std::string& timestamp) {
    return {{"audit_id", id},
            {"project_id", "P1"},
            {"timestamp", timestamp},
            {"base_decision",
             {{"tasks_to_assign", 3}, {"sprint_duration_weeks", 2}, {"reasoning", "r"}}},
            {"final_decision",
             {{"create_new_sprint", true},
              {"tasks_to_assign", 3},
              {"sprint_duration_weeks", 2},
              {"reasoning", "r"},
              {"decision_source", "rule_based_only"},
              {"cronjob_created", true}}},
            {"combined_reasoning", "r"},
            {"correlation_id", "c-1"},
            {"sprint_id", nullptr},
            {"reports", {{"anything", json::array{1.5, json::object()}}}}};
}

class Planning : public ChronicleFixture {};
class SprintRetrospective : public ChronicleFixture {};
class Audit : public ChronicleFixture {};

TEST_F(Planning, IsListedNewestFirstWithEveryField) {
    post(kPlanning, planning("P1-S01"));
    auto whole = planning("P1-S02");
    whole["sprint_name"] = "second";
    whole["start_date"] = "2025-08-31";
    whole["end_date"] = "2025-09-14";
    whole["duration_weeks"] = "2";
    const auto reply = wire_->post(kPlanning, whole);
    EXPECT_EQ(reply.json(), (json::value{{"message", "Sprint planning note recorded successfully"},
                                         {"note_id", reply.json().at("note_id")}}));

    const auto list = get(std::string(kPlanning) + "?project_id=P1").as_array();

    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0], (json::value{{"note_id", reply.json().at("note_id")},
                                    {"project_id", "P1"},
                                    {"sprint_id", "P1-S02"},
                                    {"sprint_name", "second"},
                                    {"sprint_goal", "ship it"},
                                    {"start_date", "2025-08-31"},
                                    {"end_date", "2025-09-14"},
                                    {"duration_weeks", 2},
                                    {"planned_tasks", json::array{"T1", "T2"}},
                                    {"created_at", "2025-08-31T14:05:00Z"}}));
    EXPECT_EQ(list[1].at("sprint_name"), nullptr);
    EXPECT_EQ(get(std::string(kPlanning) + "?sprint_id=P1-S01").as_array().size(), 1U);
    EXPECT_EQ(get(std::string(kPlanning) + "?project_id=P1&limit=1").as_array().size(), 1U);
    EXPECT_EQ(get(std::string(kPlanning) + "?project_id=nobody").as_array().size(), 0U);
    EXPECT_EQ(get(std::string(kPlanning) + "?project_id=%2F").as_array().size(), 0U);
}

TEST_F(Planning, ListsEverythingThatIsWrongWithIt) {
    const auto reply = wire_->post(kPlanning, {{"project_id", nullptr},
                                               {"sprint_id", "a/b"},
                                               {"planned_tasks", json::array{"T1", 2, nullptr}},
                                               {"start_date", "2025-09-01"},
                                               {"end_date", "2025-08-31"},
                                               {"duration_weeks", "two"}});

    EXPECT_EQ(errors_of(reply), R"(["body","project_id"] string_type
["body","sprint_id"] value_error
["body","sprint_goal"] missing
["body","planned_tasks",1] string_type
["body","planned_tasks",2] string_type
["body","end_date"] value_error
["body","duration_weeks"] int_parsing
)");
    EXPECT_EQ(get(kPlanning).as_array().size(), 0U);
}

TEST_F(Planning, KeysCountWithinATypeOfNote) {
    http::Headers key;
    key.set("Idempotency-Key", "one");
    const auto note = post(kPlanning, planning("P1-S01"), key);
    const auto daily =
        post(kDaily, {{"project_id", "P1"}, {"event_id", "one"}, {"reports", json::object()}});

    EXPECT_NE(note, daily);
    EXPECT_EQ(post(kPlanning, planning("P1-S09"), key), note);
    EXPECT_EQ(get(kPlanning).as_array().size(), 1U);
}

TEST_F(Planning, RefusesAKeyThatIsTooLong) {
    http::Headers key;
    key.set("Idempotency-Key", std::string(256, 'k'));

    const auto reply = wire_->send("POST", kPlanning, json::serialize(planning("S")), key);

    EXPECT_EQ(errors_of(reply), "[\"header\",\"Idempotency-Key\"] string_too_long\n");
}

TEST_F(SprintRetrospective, IsReadBackWithItsDefaults) {
    auto body = retrospective("P1-S01");
    body["what_went_well"] = "all of it";
    body["action_items"] =
        json::array{{{"description", "a"}}, {{"description", "b"}, {"status", "done"}}};
    body["attendees"] = json::array{"E1", "E2"};
    body["tasks_summary"] = json::array{{{"task_id", "T1"}, {"progress_percentage", 50}}};
    const auto reply = wire_->post(kRetrospective, body);
    ASSERT_EQ(reply.status, 201) << reply.body;
    EXPECT_EQ(reply.json().at("message"), "Sprint retrospective recorded successfully");
    post(kRetrospective, retrospective("P1-S02"));

    const auto list = get(std::string(kRetrospective) + "?project_id=P1").as_array();

    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].at("action_items"), json::value(json::array()));
    EXPECT_EQ(
        list[1],
        (json::value{{"retrospective_id", reply.json().at("retrospective_id")},
                     {"sprint_id", "P1-S01"},
                     {"project_id", "P1"},
                     {"sprint_name", nullptr},
                     {"start_date", nullptr},
                     {"end_date", nullptr},
                     {"duration_weeks", nullptr},
                     {"what_went_well", "all of it"},
                     {"what_could_be_improved", nullptr},
                     {"facilitator_id", nullptr},
                     {"tasks_summary", json::array{{{"description", nullptr},
                                                    {"status", nullptr},
                                                    {"task_id", "T1"},
                                                    {"employee_id", nullptr},
                                                    {"progress_percentage", 50}}}},
                     {"action_items", json::array{{{"description", "a"}, {"status", "open"}},
                                                  {{"description", "b"}, {"status", "done"}}}},
                     {"attendees", json::array{"E1", "E2"}},
                     {"created_at", "2025-08-31T14:05:00Z"}}));
}

TEST_F(SprintRetrospective, IsOneASprintUnlessItIsARepeat) {
    http::Headers key;
    key.set("Idempotency-Key", "close-1");
    const auto first = post(kRetrospective, retrospective("P1-S01"), key);

    EXPECT_EQ(first, "close-1");
    EXPECT_EQ(post(kRetrospective, retrospective("P1-S01"), key), first);
    const auto second = wire_->post(kRetrospective, retrospective("P1-S01"));
    EXPECT_EQ(second.status, 409) << second.body;
    EXPECT_EQ(get(kRetrospective).as_array().size(), 1U);
}

TEST_F(SprintRetrospective, ThatNobodyWroteIsNotFound) {
    post(kRetrospective, retrospective("P1-S01"));

    const auto reply = wire_->get(std::string(kRetrospective) + "?sprint_id=P1-S02");

    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(
        reply.json(),
        (json::value{{"detail", "No sprint retrospective notes found for the given criteria."}}));
}

TEST_F(SprintRetrospective, ListsEverythingThatIsWrongWithIt) {
    const auto reply = wire_->post(
        kRetrospective, {{"action_items", json::array{{{"status", "open"}}, "text"}},
                         {"attendees", "E1"},
                         {"tasks_summary", json::array{{{"progress_percentage", "half"}}}},
                         {"start_date", "2025-02-30"}});

    EXPECT_EQ(errors_of(reply), R"(["body","sprint_id"] missing
["body","project_id"] missing
["body","start_date"] date_from_datetime_parsing
["body","tasks_summary",0,"progress_percentage"] int_parsing
["body","action_items",0,"description"] missing
["body","action_items",1] model_attributes_type
["body","attendees"] list_type
)");
}

TEST_F(Audit, IsGivenBackAsItWasWrittenWithUnknownKeys) {
    const auto first = audit("a-1", "2025-08-31T14:00:00Z");
    auto second = audit("a-2", "2025-08-31T15:00:00.5Z");
    second["sprint_id"] = "P1-S01";
    const auto reply = wire_->post(kAudit, first);
    EXPECT_EQ(reply.json(), (json::value{{"message", "Decision audit note recorded successfully"},
                                         {"note_id", reply.json().at("note_id")}}));
    post(kAudit, second);

    EXPECT_EQ(get(std::string(kAudit) + "?project_id=P1"), (json::value{second, first}));
    EXPECT_EQ(get(std::string(kAudit) + "?sprint_id=P1-S01"), json::value(json::array{second}));
    EXPECT_EQ(get(std::string(kAudit) + "?limit=1"), json::value(json::array{second}));
    EXPECT_EQ(get(std::string(kAudit) + "?since=2025-08-31T14:30:00Z"),
              json::value(json::array{second}));
    EXPECT_EQ(get(std::string(kAudit) + "?since=2026-01-01"), json::value(json::array()));
    EXPECT_EQ(get(std::string(kAudit) + "?project_id=P2"), json::value(json::array()));
}

TEST_F(Audit, WithAnIdSeenBeforeIsKeptOnce) {
    const auto id = post(kAudit, audit("a-1", "2025-08-31T14:00:00Z"));

    EXPECT_EQ(post(kAudit, audit("a-1", "2026-01-01T00:00:00Z")), id);
    EXPECT_EQ(get(kAudit).as_array().size(), 1U);
    EXPECT_EQ(get(kAudit).at(0).at("timestamp"), "2025-08-31T14:00:00Z");
}

TEST_F(Audit, ListsEverythingThatIsWrongWithIt) {
    const auto reply = wire_->post(
        kAudit, {{"base_decision", "none"}, {"final_decision", {{"tasks_to_assign", "many"}}}});

    EXPECT_EQ(errors_of(reply), R"(["body","audit_id"] missing
["body","project_id"] missing
["body","timestamp"] missing
["body","base_decision"] dict_type
["body","final_decision","tasks_to_assign"] int_parsing
["body","combined_reasoning"] missing
["body","correlation_id"] missing
)");
    EXPECT_EQ(errors_of(wire_->get(std::string(kAudit) + "?since=lately&limit=100001")),
              "[\"query\",\"limit\"] less_than_equal\n[\"query\",\"since\"] value_error\n");
}

}  // namespace
}  // namespace dsm::chronicle

#include "services/orchestrator/core/record.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

Snapshot healing() {
    Snapshot s{.project_id = ProjectId("TEST-001"), .today = *parse_date("2025-08-31")};
    s.project = Known<Project>{{.details = {{"id", "TEST-001"}}}};
    s.team_size = Known<std::int64_t>{2};
    s.availability = Known<Availability>{
        {.status = "ok", .body = {{"status", "ok"}, {"conflicts", json::array()}}}};
    s.backlog = Known<BacklogSummary>{
        {.total_tasks = 18, .unassigned_tasks = 10, .status_counts = {{"completed", 2}}},
        std::chrono::milliseconds(3)};
    s.sprints = Known<std::vector<Sprint>>{{{.id = SprintId("TEST-001-S12"),
                                             .project_id = ProjectId("TEST-001"),
                                             .name = "TEST-001-S12",
                                             .status = "in_progress"}}};
    s.cronjob = Absent{};
    s.settings = Absent{};
    return s;
}

Performed healed(const Snapshot& snapshot) {
    Performed p = Performed::nothing_of(decide(snapshot));
    p.cronjob_name = "run-dailyscrum-test-001-test-001-s12";
    p.actions_taken = {"Created cronjob run-dailyscrum-test-001-test-001-s12"};
    return p;
}

Stamp stamp() {
    return {.decision_id = DecisionId("d-1"),
            .event_id = "e-1",
            .task_id = "t-1",
            .correlation_id = "c-1",
            .at = *parse_rfc3339("2025-08-31T14:05:00.75Z")};
}

TEST(AnswerBody, HasExactlyTheKeysOfTheContract) {
    const Snapshot s = healing();

    const auto keys = [](const json::object& object) {
        std::vector<std::string> names;
        for (const auto& member : object) names.emplace_back(member.key());
        return names;
    };
    const json::object body = answer_body(s, healed(s));
    EXPECT_EQ(keys(body), (std::vector<std::string>{"project_id", "analysis", "decisions",
                                                    "actions_taken", "cronjob_name", "sprint_id"}));
    EXPECT_EQ(
        keys(body.at("analysis").as_object()),
        (std::vector<std::string>{"project_id", "project_details", "team_size", "team_availability",
                                  "backlog_tasks", "unassigned_tasks", "active_sprints_count",
                                  "current_active_sprint", "project_sprints_count",
                                  "has_active_sprint_for_project", "sprint_count"}));
    EXPECT_EQ(keys(body.at("decisions").as_object()),
              (std::vector<std::string>{"create_new_sprint", "tasks_to_assign", "cronjob_created",
                                        "sprint_name", "reasoning", "warnings"}));
    EXPECT_TRUE(body.at("sprint_id").is_null());
}

TEST(DecisionRecord, IsEventAndNoteInOne) {
    const Snapshot s = healing();
    const json::object record = decision_record(s, healed(s), stamp());

    EXPECT_EQ(record.at("event_type"), "ORCHESTRATION_DECISION");
    EXPECT_EQ(record.at("timestamp"), "2025-08-31T14:05:00Z");
    EXPECT_EQ(record.at("aggregate_type"), "Project");
    EXPECT_EQ(record.at("sprint_id"), "TEST-001-S12");
    EXPECT_EQ(json::serialize(record.at("summary_metrics")),
              R"({"total_team_members":2,"total_tasks":18,"completed_tasks":2,)"
              R"("pending_tasks":16})");
    const json::value& report = record.at("reports").at("2025-08-31").at(0);
    EXPECT_EQ(report.at("assigned_to"), "orchestrator");
    EXPECT_EQ(report.at_pointer("/tasks/0/id"), "orchestration-task-t-1");
    EXPECT_EQ(report.at_pointer("/tasks/0/today_work"), record.at("reasoning"));
    const json::value& details = record.at("orchestration_decision_details");
    EXPECT_EQ(details.at("decision_type"), "NO_SPRINT_CREATED");
    EXPECT_EQ(details.at("path"), "heal");
    EXPECT_EQ(details.at("reason_code"), "cronjob_missing");
    EXPECT_EQ(details.at("decision_source"), "rule_based_only");
}

TEST(DecisionRecord, OfARestIsAboutNoSprint) {
    Snapshot s = healing();
    s.sprints = Known<std::vector<Sprint>>{};
    s.options.create_sprint_if_needed = false;
    const json::object record = decision_record(s, Performed::nothing_of(decide(s)), stamp());

    EXPECT_TRUE(record.at("sprint_id").is_null());
    EXPECT_EQ(record.at("orchestration_decision_details").at("path"), "maintenance");
}

TEST(Mistake5, TheAuditTellsBothWhatWasDecidedAndWhatWasDone) {
    const Snapshot s = healing();
    Performed p = Performed::nothing_of(decide(s));
    p.cronjob_created = false;
    p.reason = Reason::kCreateRefused;
    p.warnings.push_back("Failed to create CronJob for sprint TEST-001-S12: Forbidden");
    const json::object audit = decision_audit(decision_record(s, p, stamp()), s, p, stamp());

    EXPECT_EQ(audit.at("audit_id"), "d-1");
    EXPECT_EQ(audit.at("base_decision").at("cronjob_created"), true);
    EXPECT_EQ(audit.at("final_decision").at("cronjob_created"), false);
    EXPECT_EQ(audit.at("final_decision").at("decision_source"), "rule_based_only");
    EXPECT_EQ(audit.at("base_decision").at("sprint_duration_weeks"), 2);
    EXPECT_EQ(audit.at("combined_reasoning"), audit.at("reasoning"));
}

TEST(Mistake20, AnIdWithHyphensIsRecordedWhole) {
    const Snapshot s = healing();
    const json::object record = decision_record(s, healed(s), stamp());

    EXPECT_EQ(record.at("project_id"), "TEST-001");
    EXPECT_EQ(record.at("aggregate_id"), "TEST-001");
}

TEST(Explanation, TellsTheRulesTheInputsAndThePlan) {
    const Snapshot s = healing();
    const json::object told = explanation(s, healed(s), DecisionId("d-1"));

    EXPECT_EQ(told.at("path"), "heal");
    EXPECT_EQ(told.at("rules").as_array().back().at("held"), true);
    EXPECT_EQ(json::serialize(told.at("inputs").at("backlog")), R"({"state":"known","age_ms":3})");
    EXPECT_EQ(json::serialize(told.at("inputs").at("cronjob")), R"({"state":"absent"})");
    EXPECT_EQ(told.at("plan").at(0),
              "create the CronJob of sprint TEST-001-S12 with schedule \"0 14 * * 1-5\"");
}

}  // namespace
}  // namespace dsm::orchestrator

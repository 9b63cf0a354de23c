#include "services/orchestrator/core/record.hpp"

#include <fmt/format.h>

#include "libs/base/digest.hpp"
#include "services/orchestrator/core/reasons.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& items) {
    return json::array(items.begin(), items.end());
}

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::value id_or_null(const std::optional<SprintId>& id) {
    return id ? json::value(id->str()) : json::value(nullptr);
}

json::object sprint_object(const Sprint& sprint) {
    return {{"sprint_id", sprint.id.str()}, {"project_id", sprint.project_id.str()},
            {"sprint_name", sprint.name},   {"start_date", sprint.start_date},
            {"end_date", sprint.end_date},  {"duration_weeks", sprint.duration_weeks},
            {"status", sprint.status}};
}

json::object analysis(const Snapshot& s) {
    static const std::vector<Sprint> kNone;
    const auto* project = value_of(s.project);
    const auto* availability = value_of(s.availability);
    const auto* backlog = value_of(s.backlog);
    const auto* team_size = value_of(s.team_size);
    const auto* known_sprints = value_of(s.sprints);
    const auto& sprints = known_sprints ? *known_sprints : kNone;
    const Sprint* active = active_sprint(s);
    const auto count = static_cast<std::int64_t>(sprints.size());
    return {
        {"project_id", s.project_id.str()},
        {"project_details", project ? project->details : json::object()},
        {"team_size", team_size ? *team_size : 0},
        {"team_availability", availability ? availability->body : json::object()},
        {"backlog_tasks", backlog ? backlog->total_tasks : 0},
        {"unassigned_tasks", backlog ? backlog->unassigned_tasks : 0},
        {"active_sprints_count", std::ranges::count_if(sprints, &Sprint::active)},
        {"current_active_sprint", active ? json::value(sprint_object(*active)) : nullptr},
        {"project_sprints_count", count},
        {"has_active_sprint_for_project", active != nullptr},
        {"sprint_count", count},
    };
}

template <class T>
json::object input_object(const Input<T>& input) {
    if (const auto* unknown = std::get_if<Unknown>(&input)) {
        return {{"state", "unknown"}, {"why", unknown->why}};
    }
    if (const auto* known = std::get_if<Known<T>>(&input)) {
        return {{"state", "known"}, {"age_ms", known->age.count()}};
    }
    return {{"state", "absent"}};
}

std::int64_t completed_tasks(const BacklogSummary& backlog) {
    const auto found = backlog.status_counts.find("completed");
    return found == backlog.status_counts.end() ? 0 : found->second;
}

json::object summary_metrics(const Snapshot& s) {
    static const BacklogSummary kNone;
    const auto* known = value_of(s.backlog);
    const BacklogSummary& backlog = known ? *known : kNone;
    const auto* team_size = value_of(s.team_size);
    return {{"total_team_members", team_size ? *team_size : 0},
            {"total_tasks", backlog.total_tasks},
            {"completed_tasks", completed_tasks(backlog)},
            {"pending_tasks", backlog.total_tasks - completed_tasks(backlog)}};
}

}  // namespace

Performed Performed::nothing_of(Decision decision) {
    Performed performed{.base = decision, .path = decision.path, .reason = decision.reason};
    performed.reasoning = std::move(decision.reasoning);
    performed.warnings = std::move(decision.warnings);
    performed.create_new_sprint = decision.create_new_sprint;
    performed.tasks_to_assign = decision.tasks_to_assign;
    performed.cronjob_created = decision.cronjob_created;
    performed.sprint_name = std::move(decision.sprint_name);
    performed.active_sprint = std::move(decision.active_sprint);
    return performed;
}

Stamp Stamp::of(DecisionId decision, std::string correlation, Instant at) {
    Stamp stamp{.decision_id = decision, .correlation_id = std::move(correlation), .at = at};
    stamp.event_id = uuid_of(decision.str() + "/event");
    stamp.task_id = uuid_of(decision.str() + "/task");
    return stamp;
}

std::optional<SprintId> Performed::sprint() const {
    return created_sprint ? created_sprint : active_sprint;
}

json::object answer_body(const Snapshot& snapshot, const Performed& performed) {
    return {{"project_id", snapshot.project_id.str()},
            {"analysis", analysis(snapshot)},
            {"decisions",
             {{"create_new_sprint", performed.create_new_sprint},
              {"tasks_to_assign", performed.tasks_to_assign},
              {"cronjob_created", performed.cronjob_created},
              {"sprint_name", text_or_null(performed.sprint_name)},
              {"reasoning", performed.reasoning},
              {"warnings", texts(performed.warnings)}}},
            {"actions_taken", texts(performed.actions_taken)},
            {"cronjob_name", text_or_null(performed.cronjob_name)},
            {"sprint_id", id_or_null(performed.created_sprint)}};
}

json::object explanation(const Snapshot& snapshot, const Performed& performed,
                         const DecisionId& decision_id) {
    json::array rules;
    for (const RuleTrace& rule : performed.base.trace) {
        rules.push_back({{"rule", rule.rule}, {"held", rule.held}, {"because", rule.because}});
    }
    json::array plan;
    for (const Action& action : performed.base.actions) plan.push_back(describe(action).c_str());
    return {
        {"decision_id", decision_id.str()},
        {"path", name_of(performed.path)},
        {"reason_code", name_of(performed.reason)},
        {"rules", std::move(rules)},
        {"plan", std::move(plan)},
        {"inputs",
         {{"project", input_object(snapshot.project)},
          {"team", input_object(snapshot.team_size)},
          {"availability", input_object(snapshot.availability)},
          {"backlog", input_object(snapshot.backlog)},
          {"sprints", input_object(snapshot.sprints)},
          {"cronjob", input_object(snapshot.cronjob)},
          {"settings", input_object(snapshot.settings)}}},
        {"ids",
         {{"project_id", snapshot.project_id.str()},
          {"sprint_id", id_or_null(performed.sprint())},
          {"cronjob_name", text_or_null(performed.cronjob_name)}}},
    };
}

json::object decision_record(const Snapshot& snapshot, const Performed& performed,
                             const Stamp& stamp) {
    const std::string today = format_date(snapshot.today);
    const std::string timestamp = format_rfc3339(stamp.at);
    json::object task{{"id", "orchestration-task-" + stamp.task_id},
                      {"yesterday_work", "N/A"},
                      {"today_work", performed.reasoning},
                      {"impediments", "N/A"},
                      {"created_at", timestamp}};
    json::object report{{"assigned_to", "orchestrator"},
                        {"tasks", json::array(1, json::value(std::move(task)))}};
    json::object details{
        {"decision_id", stamp.decision_id.str()},
        {"decision_type", performed.create_new_sprint ? "CREATE_NEW_SPRINT" : "NO_SPRINT_CREATED"},
        {"path", name_of(performed.path)},
        {"reason_code", name_of(performed.reason)},
        {"reasoning", performed.reasoning},
        {"actions_taken", texts(performed.actions_taken)},
        {"cronjob_name", text_or_null(performed.cronjob_name)},
        {"decision_source", "rule_based_only"}};
    return {{"event_id", stamp.event_id},
            {"event_type", "ORCHESTRATION_DECISION"},
            {"timestamp", timestamp},
            {"aggregate_id", snapshot.project_id.str()},
            {"aggregate_type", "Project"},
            {"correlation_id", stamp.correlation_id},
            {"project_id", snapshot.project_id.str()},
            {"sprint_id", id_or_null(performed.sprint())},
            {"report_date", today},
            {"summary", performed.reasoning},
            {"reasoning", performed.reasoning},
            {"summary_metrics", summary_metrics(snapshot)},
            {"reports", {{today, json::array(1, json::value(std::move(report)))}}},
            {"orchestration_decision_details", std::move(details)}};
}

json::object decision_audit(json::object record, const Snapshot& snapshot,
                            const Performed& performed, const Stamp& stamp) {
    const int weeks = snapshot.options.sprint_duration_weeks;
    record["audit_id"] = stamp.decision_id.str();
    record["base_decision"] = {{"create_new_sprint", performed.base.create_new_sprint},
                               {"tasks_to_assign", performed.base.tasks_to_assign},
                               {"sprint_duration_weeks", weeks},
                               {"cronjob_created", performed.base.cronjob_created},
                               {"reasoning", performed.base.reasoning}};
    record["final_decision"] = {{"create_new_sprint", performed.create_new_sprint},
                                {"tasks_to_assign", performed.tasks_to_assign},
                                {"sprint_duration_weeks", weeks},
                                {"cronjob_created", performed.cronjob_created},
                                {"reasoning", performed.reasoning},
                                {"warnings", texts(performed.warnings)},
                                {"actions_taken", texts(performed.actions_taken)},
                                {"decision_source", "rule_based_only"}};
    record["combined_reasoning"] = performed.reasoning;
    return record;
}

}  // namespace dsm::orchestrator

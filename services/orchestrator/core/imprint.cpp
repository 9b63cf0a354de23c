#include "services/orchestrator/core/imprint.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "libs/base/identifier.hpp"
#include "services/orchestrator/core/cronjob_object.hpp"
#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestImprint = 16 * 1024;

std::string text_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : 0;
}

std::int64_t completed_of(const BacklogSummary& backlog) {
    const auto found = backlog.status_counts.find("completed");
    return found == backlog.status_counts.end() ? 0 : found->second;
}

void read_inputs(const json::object& imprint, Snapshot& snapshot) {
    snapshot.options.sprint_duration_weeks = static_cast<int>(number_at(imprint, "weeks"));
    const std::string schedule = text_at(imprint, "schedule");
    if (!schedule.empty()) snapshot.options.schedule = schedule;
    snapshot.team_size = Known<std::int64_t>{number_at(imprint, "team")};
    BacklogSummary backlog{.total_tasks = number_at(imprint, "tasks")};
    backlog.status_counts["completed"] = number_at(imprint, "completed");
    snapshot.backlog = Known<BacklogSummary>{std::move(backlog)};
}

Performed performed_of(const json::object& imprint, const SprintId& sprint,
                       const std::string& cronjob) {
    const bool created = text_at(imprint, "path") == name_of(Path::kCreate);
    Decision decision;
    decision.path = created ? Path::kCreate : Path::kHeal;
    decision.reason = created ? Reason::kNoActiveSprint : Reason::kCronJobMissing;
    decision.reasoning = text_at(imprint, "reasoning");
    if (decision.reasoning.empty()) decision.reasoning = sentence::healed(sprint);
    if (const json::value* warnings = imprint.if_contains("warnings"); warnings->is_array()) {
        for (const json::value& warning : warnings->get_array()) {
            if (warning.is_string()) decision.warnings.emplace_back(warning.get_string());
        }
    }
    decision.create_new_sprint = created;
    decision.tasks_to_assign = number_at(imprint, "tasks_to_assign");
    decision.cronjob_created = true;
    decision.sprint_name = sprint.str();
    if (!created) decision.active_sprint = sprint;
    Performed performed = Performed::nothing_of(std::move(decision));
    if (created) {
        performed.created_sprint = sprint;
        performed.actions_taken = {sentence::created_sprint(sprint),
                                   sentence::assigned_tasks(number_at(imprint, "assigned"))};
    }
    performed.cronjob_name = cronjob;
    performed.actions_taken.push_back(sentence::created_cronjob(cronjob));
    return performed;
}

json::object imprint_on(const json::object& cronjob) {
    boost::system::error_code unreadable;
    json::value imprint = json::parse(annotation(cronjob, "decision"), unreadable);
    if (unreadable || !imprint.is_object()) return {{"warnings", json::array()}};
    json::object read = std::move(imprint.get_object());
    if (!read.contains("warnings")) read["warnings"] = json::array();
    return read;
}

/// Kubernetes keeps who set a field last. A decision id that somebody else put there, by hand or
/// from a copy, is no decision of ours. An API that keeps no such account is believed.
bool decision_is_ours(const json::object& metadata) {
    const auto* fields = metadata.if_contains("managedFields");
    const auto* managers = fields ? fields->if_array() : nullptr;
    if (!managers || managers->empty()) return true;
    return std::ranges::any_of(*managers, [](const json::value& manager) {
        if (!manager.is_object()) return false;
        boost::system::error_code none;
        const auto* owned = manager.find_pointer(
            "/fieldsV1/f:metadata/f:annotations/f:dsm.agile-corp.org~1decision-id", none);
        return owned && text_at(manager.get_object(), "manager") == kFieldManager;
    });
}

}  // namespace

std::string imprint_of(const Snapshot& snapshot, const Performed& performed, const Stamp& stamp,
                       std::string_view traceparent) {
    static const BacklogSummary kNone;
    const auto* team = value_of(snapshot.team_size);
    const auto* known = value_of(snapshot.backlog);
    const BacklogSummary& backlog = known ? *known : kNone;
    json::object imprint{{"at", format_rfc3339_micros(stamp.at)},
                         {"today", format_date(snapshot.today)},
                         {"correlation_id", stamp.correlation_id},
                         {"traceparent", traceparent},
                         {"path", name_of(performed.path)},
                         {"reasoning", performed.reasoning},
                         {"weeks", snapshot.options.sprint_duration_weeks},
                         {"team", team ? *team : 0},
                         {"tasks", backlog.total_tasks},
                         {"completed", completed_of(backlog)}};
    if (snapshot.options.schedule) imprint["schedule"] = *snapshot.options.schedule;
    if (performed.created_sprint) {
        imprint["tasks_to_assign"] = performed.tasks_to_assign;
        imprint["assigned"] = performed.assigned_tasks;
    }
    json::object whole = imprint;
    whole["warnings"] = json::array(performed.warnings.begin(), performed.warnings.end());
    std::string text = json::serialize(whole);
    if (text.size() <= kLongestImprint) return text;
    return json::serialize(imprint);
}

std::optional<LostDecision> lost_decision(const json::object& cronjob) {
    const DecisionId id(annotation(cronjob, "decision-id"));
    const ProjectId project(annotation(cronjob, "project-id"));
    const SprintId sprint(annotation(cronjob, "sprint-id"));
    const json::value* metadata = cronjob.if_contains("metadata");
    if (!is_managed(cronjob) || !is_uuid(id.str()) || project.empty() || sprint.empty()) {
        return std::nullopt;
    }
    if (!decision_is_ours(metadata->as_object())) return std::nullopt;
    const std::string name = text_at(metadata->as_object(), "name");
    if (name != cronjob_name(project, sprint)) return std::nullopt;

    const json::object imprint = imprint_on(cronjob);
    auto at = parse_rfc3339(text_at(imprint, "at"));
    if (!at) at = parse_rfc3339(text_at(metadata->as_object(), "creationTimestamp"));
    const Instant decided = at.value_or(Instant{});
    LostDecision lost{.snapshot = {.project_id = project}};
    lost.snapshot.today = parse_date(text_at(imprint, "today")).value_or(utc_date(decided));
    read_inputs(imprint, lost.snapshot);
    lost.performed = performed_of(imprint, sprint, name);
    lost.stamp = Stamp::of(id, text_at(imprint, "correlation_id"), decided);
    lost.traceparent = text_at(imprint, "traceparent");
    return lost;
}

}  // namespace dsm::orchestrator

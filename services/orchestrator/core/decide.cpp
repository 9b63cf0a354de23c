#include "services/orchestrator/core/decide.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "libs/base/identifier.hpp"
#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace {

/// What a rule found: why it holds or does not, and if it holds what follows.
struct Finding {
    std::string because;
    std::optional<Decision> decision;
};

Finding no(std::string because) {
    return {std::move(because), std::nullopt};
}

Decision decision_of(Path path, Reason reason) {
    Decision decision;
    decision.path = path;
    decision.reason = reason;
    return decision;
}

Decision about(const Sprint& sprint, Path path, Reason reason, std::string reasoning) {
    Decision decision = decision_of(path, reason);
    decision.active_sprint = sprint.id;
    decision.reasoning = std::move(reasoning);
    return decision;
}

template <class T>
Finding blocked_unless_known(const Input<T>& input, std::string_view name, Reason reason) {
    const std::string state = state_of(input);
    if (value_of(input)) return no(fmt::format("{} {}", name, state));
    Decision decision = decision_of(Path::kBlocked, reason);
    decision.warnings.push_back(fmt::format("The {} cannot be relied on: {}", name, state));
    return {fmt::format("{} {}", name, state), std::move(decision)};
}

Finding project_unknown(const Snapshot& s) {
    return blocked_unless_known(s.project, "project", Reason::kProjectUnknown);
}

Finding sprints_unknown(const Snapshot& s) {
    return blocked_unless_known(s.sprints, "sprints", Reason::kSprintsUnknown);
}

/// Only a creation needs them: nothing else is spoiled by not knowing the schedule.
Finding settings_unknown(const Snapshot& s) {
    if (!std::holds_alternative<Unknown>(s.settings)) return no("settings " + state_of(s.settings));
    const Sprint* sprint = active_sprint(s);
    if (sprint && !std::holds_alternative<Absent>(s.cronjob)) return no("no CronJob is missing");
    if (!sprint && !(s.options.create_sprint_if_needed && s.options.create_cronjob)) {
        return no("no CronJob would be created");
    }
    Decision decision = decision_of(Path::kBlocked, Reason::kSettingsUnknown);
    if (sprint) decision.active_sprint = sprint->id;
    decision.warnings.push_back("The project's settings cannot be relied on: " +
                                state_of(s.settings));
    return {"settings " + state_of(s.settings), std::move(decision)};
}

Finding cronjob_unknown(const Snapshot& s) {
    const Sprint* sprint = active_sprint(s);
    if (!sprint) return no("no active sprint");
    const auto* unknown = std::get_if<Unknown>(&s.cronjob);
    if (!unknown) return no("CronJob " + state_of(s.cronjob));
    Decision decision = about(*sprint, Path::kBlocked, Reason::kCronJobUnknown,
                              sentence::cronjob_unknown(sprint->id));
    decision.warnings.push_back(sentence::unknown_state_warning(unknown->why));
    return {"CronJob " + state_of(s.cronjob), std::move(decision)};
}

Finding cronjob_missing(const Snapshot& s) {
    const Sprint* sprint = active_sprint(s);
    if (!sprint) return no("no active sprint");
    if (!std::holds_alternative<Absent>(s.cronjob)) return no("CronJob present");
    Decision decision =
        about(*sprint, Path::kHeal, Reason::kCronJobMissing, sentence::healed(sprint->id));
    decision.cronjob_created = true;
    decision.sprint_name = sprint->id.str();
    decision.actions.push_back(CreateCronJob{sprint->id, schedule_to_create(s)});
    return {fmt::format("active sprint {}, CronJob absent", sprint->id.str()), std::move(decision)};
}

Finding cronjob_foreign(const Snapshot& s) {
    const Sprint* sprint = active_sprint(s);
    const CronJobState* cronjob = value_of(s.cronjob);
    if (!sprint || !cronjob) return no("no active sprint with a CronJob");
    if (cronjob->managed) return no("CronJob has our label");
    Decision decision = about(*sprint, Path::kMonitor, Reason::kCronJobForeign,
                              sentence::needs_attention(sprint->id));
    decision.warnings =
        sentence::cronjob_warnings(cronjob_name(s.project_id, sprint->id), *cronjob);
    return {"CronJob lacks our label", std::move(decision)};
}

Finding cronjob_altered(const Snapshot& s) {
    const Sprint* sprint = active_sprint(s);
    const CronJobState* cronjob = value_of(s.cronjob);
    if (!sprint || !cronjob) return no("no active sprint with a CronJob");
    if (!cronjob->suspended && cronjob->different_fields.empty()) return no("as it should be");
    Decision decision =
        about(*sprint, Path::kMonitor,
              cronjob->suspended ? Reason::kCronJobSuspended : Reason::kCronJobDiffers,
              sentence::needs_attention(sprint->id));
    decision.warnings =
        sentence::cronjob_warnings(cronjob_name(s.project_id, sprint->id), *cronjob);
    return {fmt::format("suspended: {}, different: [{}]", cronjob->suspended,
                        fmt::join(cronjob->different_fields, ", ")),
            std::move(decision)};
}

Finding cronjob_present(const Snapshot& s) {
    const Sprint* sprint = active_sprint(s);
    if (!sprint) return no("no active sprint");
    return {
        fmt::format("active sprint {}, CronJob present", sprint->id.str()),
        about(*sprint, Path::kMonitor, Reason::kCronJobPresent, sentence::monitored(sprint->id))};
}

Finding backlog_unknown(const Snapshot& s) {
    return blocked_unless_known(s.backlog, "backlog summary", Reason::kBacklogUnknown);
}

Finding nothing_to_plan(const Snapshot& s) {
    const auto unassigned = value_of(s.backlog)->unassigned_tasks;
    const std::string because = fmt::format("{} unassigned tasks", unassigned);
    if (unassigned > 0) return no(because);
    return {because, decision_of(Path::kMaintenance, Reason::kNothingToDo)};
}

Finding creation_disabled(const Snapshot& s) {
    const std::string because =
        fmt::format("create_sprint_if_needed is {}", s.options.create_sprint_if_needed);
    if (s.options.create_sprint_if_needed) return no(because);
    return {because, decision_of(Path::kMaintenance, Reason::kCreationDisabled)};
}

Finding sprint_needed(const Snapshot& s) {
    const auto unassigned = value_of(s.backlog)->unassigned_tasks;
    Decision decision = decision_of(Path::kCreate, Reason::kNoActiveSprint);
    decision.create_new_sprint = true;
    decision.tasks_to_assign = std::min<std::int64_t>(unassigned, s.options.max_tasks_per_sprint);
    decision.cronjob_created = s.options.create_cronjob;
    decision.sprint_name = next_sprint_name(s.project_id, *value_of(s.sprints));
    decision.reasoning = fmt::format(
        "No active sprint found and unassigned tasks exist.; Proposing to create new sprint: {}.; "
        "Proposing to assign {} tasks.",
        *decision.sprint_name, decision.tasks_to_assign);
    decision.actions.push_back(CreateSprint{*decision.sprint_name, s.options.sprint_duration_weeks,
                                            s.options.max_tasks_per_sprint,
                                            s.options.assign_tasks});
    if (s.options.create_cronjob) {
        decision.reasoning += "; New sprint creation triggers CronJob generation.";
        decision.actions.push_back(CreateCronJob{std::nullopt, schedule_to_create(s)});
    }
    return {fmt::format("no active sprint, {} unassigned tasks", unassigned), std::move(decision)};
}

struct Rule {
    std::string_view name;
    Finding (*check)(const Snapshot&);
};

/// In order; the first one that holds decides, and each may rely on those before it not holding.
constexpr Rule kRules[] = {
    {"the project is not known", project_unknown},
    {"the project's sprints are not known", sprints_unknown},
    {"the active sprint's CronJob is not known", cronjob_unknown},
    {"something would be created without knowing its schedule", settings_unknown},
    {"the active sprint's CronJob is missing", cronjob_missing},
    {"the active sprint's CronJob is somebody else's", cronjob_foreign},
    {"the active sprint's CronJob was suspended or altered", cronjob_altered},
    {"the active sprint has its CronJob", cronjob_present},
    {"there is no active sprint and the backlog is not known", backlog_unknown},
    {"there is no active sprint and no task to plan", nothing_to_plan},
    {"there is no active sprint and creating one is switched off", creation_disabled},
    {"there is no active sprint and tasks wait", sprint_needed},
};

/// The availability speaks in every decision and decides none.
void add_availability(const Snapshot& s, Decision& decision) {
    std::vector<std::string> warnings;
    if (const auto* unknown = std::get_if<Unknown>(&s.availability)) {
        warnings.push_back("Team availability is unknown: " + unknown->why);
    }
    if (const Availability* availability = value_of(s.availability)) {
        for (const Conflict& conflict : availability->conflicts) {
            warnings.push_back(sentence::conflict_warning(conflict));
        }
        if (availability->status == "conflict" && !availability->conflicts.empty()) {
            const std::string note = sentence::availability_note(availability->conflicts.size());
            decision.reasoning =
                decision.reasoning.empty() ? note : note + "; " + decision.reasoning;
        }
    }
    decision.warnings.insert(decision.warnings.begin(), warnings.begin(), warnings.end());
}

}  // namespace

std::string describe(const Action& action) {
    if (const auto* sprint = std::get_if<CreateSprint>(&action)) {
        return fmt::format("create sprint {} of {} week(s) with at most {} task(s){}", sprint->name,
                           sprint->duration_weeks, sprint->max_tasks,
                           sprint->assign_tasks ? "" : ", assigned to nobody");
    }
    const auto& cronjob = std::get<CreateCronJob>(action);
    return fmt::format("create the CronJob of {} with schedule \"{}\"",
                       cronjob.sprint ? "sprint " + cronjob.sprint->str() : "the new sprint",
                       cronjob.schedule);
}

Decision decide(const Snapshot& snapshot) {
    std::vector<RuleTrace> trace;
    Decision decision;
    for (const Rule& rule : kRules) {
        Finding finding = rule.check(snapshot);
        const bool held = finding.decision.has_value();
        trace.push_back({rule.name, held, std::move(finding.because)});
        if (!held) continue;
        decision = std::move(*finding.decision);
        break;
    }
    add_availability(snapshot, decision);
    if (decision.reasoning.empty()) {
        decision.reasoning = "No specific actions required based on current state and options.";
    }
    decision.trace = std::move(trace);
    return decision;
}

std::optional<std::string> objection_to(const Decision& decision) {
    for (const Action& action : decision.actions) {
        const auto* sprint = std::get_if<CreateSprint>(&action);
        if (sprint && !is_valid_id(sprint->name)) {
            return "The id of the project is too long: the id of its sprint, {id}-S01, would have "
                   "more than 255 characters.";
        }
    }
    return std::nullopt;
}

}  // namespace dsm::orchestrator

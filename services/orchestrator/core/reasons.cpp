#include "services/orchestrator/core/reasons.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dsm::orchestrator {

std::string_view name_of(Path path) {
    switch (path) {
        case Path::kCreate:
            return "create";
        case Path::kHeal:
            return "heal";
        case Path::kMonitor:
            return "monitor";
        case Path::kMaintenance:
            return "maintenance";
        case Path::kBlocked:
            return "blocked";
    }
    return "blocked";
}

std::string_view name_of(Reason reason) {
    switch (reason) {
        case Reason::kCronJobMissing:
            return "cronjob_missing";
        case Reason::kCronJobPresent:
            return "cronjob_present";
        case Reason::kCronJobSuspended:
            return "cronjob_suspended";
        case Reason::kCronJobDiffers:
            return "cronjob_differs";
        case Reason::kCronJobForeign:
            return "cronjob_foreign";
        case Reason::kCronJobUnknown:
            return "cronjob_unknown";
        case Reason::kNoActiveSprint:
            return "no_active_sprint";
        case Reason::kNothingToDo:
            return "nothing_to_do";
        case Reason::kCreationDisabled:
            return "creation_disabled";
        case Reason::kCreateRefused:
            return "create_refused";
        case Reason::kCreateUnknown:
            return "create_unknown";
        case Reason::kProjectUnknown:
            return "project_unknown";
        case Reason::kSprintsUnknown:
            return "sprints_unknown";
        case Reason::kBacklogUnknown:
            return "backlog_unknown";
        case Reason::kSettingsUnknown:
            return "settings_unknown";
    }
    return "cronjob_unknown";
}

namespace sentence {

std::string availability_note(std::size_t conflicts) {
    return fmt::format("Note: Sprint timeline includes {} holiday(s) or PTO day(s).", conflicts);
}

std::string healed(const SprintId& sprint) {
    return fmt::format(
        "Active sprint {} found, but its corresponding CronJob was missing. Recreating the CronJob "
        "to ensure process continuity.",
        sprint.str());
}

std::string monitored(const SprintId& sprint) {
    return fmt::format("Active sprint {} found with an existing CronJob. No action needed.",
                       sprint.str());
}

std::string needs_attention(const SprintId& sprint) {
    return fmt::format("Active sprint {} found with an existing CronJob that needs attention.",
                       sprint.str());
}

std::string cronjob_unknown(const SprintId& sprint) {
    return fmt::format(
        "Active sprint {} found, but the state of its CronJob is unknown. No action taken.",
        sprint.str());
}

std::string conflict_warning(const Conflict& conflict) {
    if (conflict.type == "holiday") {
        return fmt::format("Sprint timeline includes upcoming holiday: {} on {}", conflict.name,
                           conflict.date);
    }
    return fmt::format("Sprint timeline includes PTO: {}", conflict.details);
}

std::string unknown_state_warning(std::string_view why) {
    return fmt::format("CronJob state is unknown: {}", why);
}

std::string suspended_warning(std::string_view cronjob) {
    return fmt::format("CronJob {} is suspended.", cronjob);
}

std::string differs_warning(std::string_view cronjob, const std::vector<std::string>& fields) {
    return fmt::format("CronJob {} differs from its specification: {}.", cronjob,
                       fmt::join(fields, ", "));
}

std::string foreign_warning(std::string_view cronjob) {
    return fmt::format("CronJob {} is not managed by DSM.", cronjob);
}

std::vector<std::string> cronjob_warnings(std::string_view cronjob, const CronJobState& state) {
    if (!state.managed) return {foreign_warning(cronjob)};
    std::vector<std::string> warnings;
    if (state.suspended) warnings.push_back(suspended_warning(cronjob));
    if (!state.different_fields.empty()) {
        warnings.push_back(differs_warning(cronjob, state.different_fields));
    }
    return warnings;
}

std::string refused_warning(const SprintId& sprint, std::string_view why) {
    return fmt::format("Failed to create CronJob for sprint {}: {}", sprint.str(), why);
}

std::string created_sprint(const SprintId& sprint) {
    return fmt::format("Created new sprint {}", sprint.str());
}

std::string assigned_tasks(std::int64_t count) {
    return fmt::format("Assigned {} tasks to sprint", count);
}

std::string created_cronjob(std::string_view cronjob) {
    return fmt::format("Created cronjob {}", cronjob);
}

std::string failed_cronjob(const SprintId& sprint) {
    return fmt::format("Failed to create cronjob for sprint {}", sprint.str());
}

}  // namespace sentence
}  // namespace dsm::orchestrator

// The stable words of a decision: paths, reason codes, and the contract's sentences (section 2.2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/orchestrator/core/ids.hpp"
#include "services/orchestrator/core/snapshot.hpp"

namespace dsm::orchestrator {

enum class Path { kCreate, kHeal, kMonitor, kMaintenance, kBlocked };

enum class Reason {
    kCronJobMissing,
    kCronJobPresent,
    kCronJobSuspended,
    kCronJobDiffers,
    kCronJobForeign,
    kCronJobUnknown,
    kNoActiveSprint,
    kNothingToDo,
    kCreationDisabled,
    kCreateRefused,
    kCreateUnknown,
    kProjectUnknown,
    kSprintsUnknown,
    kBacklogUnknown,
    kSettingsUnknown,
};

std::string_view name_of(Path path);      ///< "heal"
std::string_view name_of(Reason reason);  ///< "cronjob_missing"

namespace sentence {

std::string availability_note(std::size_t conflicts);
std::string healed(const SprintId& sprint);
std::string monitored(const SprintId& sprint);
std::string needs_attention(const SprintId& sprint);
std::string cronjob_unknown(const SprintId& sprint);
std::string conflict_warning(const Conflict& conflict);
std::string unknown_state_warning(std::string_view why);
std::string suspended_warning(std::string_view cronjob);
std::string differs_warning(std::string_view cronjob, const std::vector<std::string>& fields);
std::string foreign_warning(std::string_view cronjob);
/// What is to be said of a CronJob that was found: nothing of one that is as it should be. Of one
/// that is not ours only that.
std::vector<std::string> cronjob_warnings(std::string_view cronjob, const CronJobState& state);
std::string refused_warning(const SprintId& sprint, std::string_view why);
std::string created_sprint(const SprintId& sprint);
std::string assigned_tasks(std::int64_t count);
std::string created_cronjob(std::string_view cronjob);
std::string failed_cronjob(const SprintId& sprint);

}  // namespace sentence
}  // namespace dsm::orchestrator

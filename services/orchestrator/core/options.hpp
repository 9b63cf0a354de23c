// What a caller may ask of one orchestration (contract section 2.1), with the contract's defaults.
#pragma once

#include <optional>
#include <string>

namespace dsm::orchestrator {

/// Of a project for which nobody ever asked for another one.
inline constexpr const char* kDefaultSchedule = "0 14 * * 1-5";

struct Options {
    bool create_sprint_if_needed = true;
    bool assign_tasks = true;    ///< false: the new sprint's tasks get no assignee
    bool create_cronjob = true;  ///< gates the CronJob of a new sprint; healing ignores it
    /// Of a CronJob that this request creates; already checked. Absent: the remembered one.
    std::optional<std::string> schedule;
    int sprint_duration_weeks = 2;
    int max_tasks_per_sprint = 10;

    bool operator==(const Options&) const = default;
};

}  // namespace dsm::orchestrator

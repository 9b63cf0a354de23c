// The arithmetic of the CronJob controller: which run is due, when to look again. Pure.
#pragma once

#include <optional>
#include <string>

#include "cluster/objects/json.hpp"
#include "libs/base/result.hpp"
#include "libs/base/time.hpp"
#include "libs/cron/cron.hpp"

namespace dsm::cluster {

struct DueRun {
    std::optional<Instant> scheduled;  ///< the most recent run that did not start; none: wait
    Instant base;                      ///< the next fire is the first after this
    bool too_many = false;             ///< over a hundred runs were missed
};

/// `earliest` is the last scheduled time, or the creation. kInvalid for a schedule that fires more
/// than once a second. Source: the CronJob controller v2's mostRecentScheduleTime.
Result<DueRun> due_run(const cron::Schedule& schedule, const cron::Zone& zone, Instant earliest,
                       Instant now, std::optional<std::chrono::seconds> starting_deadline);

/// "cleanup-29012345": the CronJob's name and the minutes of its time since the epoch.
std::string job_name(std::string_view cronjob, Instant scheduled);

/// The Job of one run: jobTemplate's copy, named, annotated and owned.
json::value job_of(const json::value& cronjob, Instant scheduled);

}  // namespace dsm::cluster

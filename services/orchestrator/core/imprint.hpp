// What a CronJob carries of the decision that made it, so that the record can be made from the
// object when the process ended between the two. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "services/orchestrator/core/record.hpp"

namespace dsm::orchestrator {

/// A decision of which only its CronJob is left. `snapshot` holds what the record needs and nothing
/// else: team size, task counts, the day, the length of the sprint, the schedule that was asked
/// for.
struct LostDecision {
    Snapshot snapshot;
    Performed performed;
    Stamp stamp;
    std::string traceparent;
};

/// The annotation's text, at most 16 KiB: warnings are left out where they would not fit.
/// `performed` is what was done before the CronJob.
std::string imprint_of(const Snapshot& snapshot, const Performed& performed, const Stamp& stamp,
                       std::string_view traceparent);

/// nullopt: nobody's decision made this object (no decision id), or it is not what it says: not
/// ours, or under another name than its ids give. Without a readable imprint (an older version's)
/// it is told as a heal at the object's creation.
std::optional<LostDecision> lost_decision(const boost::json::object& cronjob);

}  // namespace dsm::orchestrator

// Everything that a decision rests on, as it was read. decide() sees nothing else.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/time.hpp"
#include "services/orchestrator/core/ids.hpp"
#include "services/orchestrator/core/input.hpp"
#include "services/orchestrator/core/options.hpp"

namespace dsm::orchestrator {

struct Project {
    boost::json::object details;  ///< project-service's own words, given on verbatim
};

struct Conflict {
    std::string type;  ///< "holiday" | "pto"
    std::string date;
    std::string name;
    std::string details;
};

struct Availability {
    std::string status;  ///< "ok" | "conflict"
    std::vector<Conflict> conflicts;
    boost::json::object body;  ///< verbatim, for the answer
};

struct BacklogSummary {
    std::int64_t total_tasks = 0;
    std::int64_t unassigned_tasks = 0;
    std::map<std::string, std::int64_t> status_counts;
};

struct Sprint {
    SprintId id;
    ProjectId project_id;
    std::string name;
    std::string start_date;
    std::string end_date;
    std::int64_t duration_weeks = 0;
    std::string status;

    bool active() const { return status == "in_progress"; }
};

/// An existing object of the CronJob's name, reduced to what the decision needs.
struct CronJobState {
    bool managed = false;                       ///< carries our label
    bool suspended = false;                     ///< by somebody: we never create one so
    std::vector<std::string> different_fields;  ///< paths: "spec.schedule"
    DecisionId decision;                        ///< that made it; empty when nobody's did

    bool operator==(const CronJobState&) const = default;
};

/// What is remembered of a project.
struct ProjectSettings {
    std::optional<std::string> schedule;
    std::optional<std::string> time_zone;

    bool operator==(const ProjectSettings&) const = default;
};

struct Snapshot {
    ProjectId project_id;
    Date today;  ///< UTC
    Options options;
    Input<Project> project;
    Input<std::int64_t> team_size;
    Input<Availability> availability;
    Input<BacklogSummary> backlog;
    Input<std::vector<Sprint>> sprints;  ///< all of the project, newest start first
    Input<CronJobState> cronjob;         ///< of the active sprint; read only when there is one
    Input<ProjectSettings> settings;     ///< Absent: nothing is remembered
};

/// The newest active sprint, or nullptr when there is none or it is not known.
const Sprint* active_sprint(const Snapshot& snapshot);

/// `{project}-S{n:02d}`, one above the highest number among `sprints` (contract section 9). Ids of
/// another form do not count.
std::string next_sprint_name(const ProjectId& project, const std::vector<Sprint>& sprints);

/// The schedule of a CronJob created now: asked for, else remembered, else the default.
std::string schedule_to_create(const Snapshot& snapshot);

/// The schedule that an existing CronJob should have: never the caller's.
std::string schedule_expected(const ProjectSettings* settings);

}  // namespace dsm::orchestrator

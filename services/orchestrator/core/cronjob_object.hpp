// The CronJob Generator: a sprint's daily-scrum CronJob as data, and what an existing object lacks
// of it.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "services/orchestrator/core/ids.hpp"
#include "services/orchestrator/core/snapshot.hpp"

namespace dsm::orchestrator {

/// Where the CronJobs live and what their Pod runs; the same for every sprint.
struct CronJobTemplate {
    std::string name_space;
    std::string image;
    std::string project_url;  ///< the in-cluster addresses, for the Pod's environment
    std::string sprint_url;
    std::string chronicle_url;
};

struct CronJobRequest {
    ProjectId project;
    SprintId sprint;
    std::string schedule;
    std::optional<std::string> time_zone;
    std::optional<DecisionId> decision;  ///< nullopt: made by an import, so nobody decided it
    std::string imprint;                 ///< what its record is made from if that is lost
};

/// The whole object, exactly as contract section 8 says. The same request gives the same bytes.
boost::json::object cronjob_object(const CronJobTemplate& common, const CronJobRequest& request);

/// True if `object` carries our label.
bool is_managed(const boost::json::object& object);

/// True if `object` carries our label and this project's id.
bool belongs_to(const boost::json::object& object, const ProjectId& project);

/// The text at metadata.annotations["dsm.agile-corp.org/" + name], or "".
std::string annotation(const boost::json::object& object, std::string_view name);

/// What `existing` lacks of `expected`. Fields that an API server or others add are no difference,
/// except the few that change what runs (arguments, further containers, a time zone, …).
CronJobState compare_cronjob(const boost::json::object& existing,
                             const boost::json::object& expected);

}  // namespace dsm::orchestrator

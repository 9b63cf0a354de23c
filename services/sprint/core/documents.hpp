// The JSON of sprints, tasks, events and notes, as the contract writes them. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "services/sprint/core/sprint.hpp"

namespace dsm::sprint {

/// Sprint of contract section 5.
boost::json::object to_json(const Sprint& sprint);
/// TaskInSprint of contract section 5.
boost::json::object to_json(const Task& task, const std::string& sprint_id);

/// What ties an event to its cause.
struct Origin {
    std::string event_id;
    std::string correlation_id;
    Instant at;
};

/// `SprintStarted` or `SprintClosed` on `dsm:events` (contract section 7).
boost::json::object sprint_event(const char* event_type, const SprintWithTasks& of,
                                 const Origin& origin);

/// `TASK_UPDATED` on `task_update_events`.
boost::json::object task_updated_event(const Task& task, const Sprint& sprint,
                                       const Origin& origin);

/// Bodies of Chronicle's sprint_planning and sprint_retrospective notes.
boost::json::object planning_note(const SprintWithTasks& of);
boost::json::object retrospective_note(const SprintWithTasks& of);

}  // namespace dsm::sprint

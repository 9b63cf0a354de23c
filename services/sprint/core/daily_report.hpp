// Compiles a daily scrum report from what happened to the tasks since the last one. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "services/sprint/core/progress.hpp"
#include "services/sprint/core/sprint.hpp"

namespace dsm::sprint {

struct DailyReport {
    boost::json::object note;  ///< body of Chronicle's `POST /v1/notes/daily_scrum_report`
    int tasks_updated = 0;     ///< tasks that changed since the last report
};

/// `changes` are those since the last report, oldest first. Every task that changed or is open is
/// in the report under its assignee ("unassigned" without one), people and tasks by id. What people
/// said is quoted; where nobody said anything the change itself is.
DailyReport compile_daily_report(const SprintWithTasks& of, const std::vector<TaskChange>& changes,
                                 Date date, Instant now);

/// The event id of the report of a sprint and a date: always the same, so that Chronicle takes a
/// repeated delivery for the repeat it is.
std::string daily_report_event_id(const std::string& sprint_id, Date date);

/// The event id of the retrospective of a sprint.
std::string retrospective_event_id(const std::string& sprint_id);

}  // namespace dsm::sprint

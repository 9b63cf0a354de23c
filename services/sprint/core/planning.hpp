// How a new sprint is numbered and which tasks it takes, for whom (contract section 9).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/sprint/core/sprint.hpp"

namespace dsm::sprint {

/// "{project}-S{nn}", at least two digits.
std::string sprint_id_of(std::string_view project_id, std::int64_t number);

/// The number of an id that `sprint_id_of` may have made for this project; 0 for any other id, and
/// for one so high that it has no successor.
std::int64_t sprint_number(std::string_view project_id, std::string_view sprint_id);

/// Highest existing number + 1, whatever the status of those sprints.
std::int64_t next_sprint_number(std::string_view project_id,
                                const std::vector<std::string>& sprint_ids);

enum class Assignment { kToPeople, kNone };

/// The first `max_tasks` candidates by task_id, now in a sprint. With kToPeople each task without
/// an assignee gets the next of `team` (ids, any order); one that has an assignee keeps it and does
/// not advance the wheel; an empty team leaves nobody.
std::vector<Task> plan_tasks(std::vector<Task> candidates, std::vector<std::string> team,
                             std::size_t max_tasks, Assignment assignment);

/// Weeks are calendar weeks from the first day: the end date is start + 7 * weeks.
Date end_of_sprint(Date start, int weeks);

}  // namespace dsm::sprint

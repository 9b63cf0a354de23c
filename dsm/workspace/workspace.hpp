// The workspace file of contract section 12: read and checked whole before anything is written.
#pragma once

#include <boost/json/array.hpp>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/time.hpp"

namespace dsm::workspace {

/// A checked file. Every row holds exactly the keys of the contract, nulls for absent ones.
struct Workspace {
    std::optional<Instant> clock;
    boost::json::array projects;
    boost::json::array employees;
    boost::json::array holidays;
    boost::json::array pto;
    boost::json::array sprints;
    boost::json::array tasks;
    std::vector<std::string> cronjobs;
};

/// The name of the CronJob of one sprint (contract section 8).
using CronJobNaming =
    std::function<std::string(std::string_view project_id, std::string_view sprint_id)>;

/// Pure. The error lists everything that is wrong, each with its place in the file:
/// "workspace.sprints[3].end_date: is before start_date". A reference must be to a row of the same
/// file. Unknown keys are ignored. A Chronicle note inside the file is not part of it either.
std::expected<Workspace, std::vector<std::string>> parse(std::string_view text,
                                                         const CronJobNaming& naming);

/// "2 projects, 4 employees, 1 holiday, …", without what there is none of; "nothing" for nothing.
std::string summary(const Workspace& workspace);

/// What `dsm export` writes: the file without a clock, keys and rows in a fixed order.
std::string to_text(const Workspace& workspace);

}  // namespace dsm::workspace

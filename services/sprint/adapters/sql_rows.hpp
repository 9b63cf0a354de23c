// Reads and writes single rows for more than one of the SQL adapters. Everything throws SOCI's
// errors and runs inside the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/sprint/app/stores.hpp"

namespace soci {
class session;
}

namespace dsm::sprint {

/// `condition` follows "SELECT … FROM sprints " and names as many parameters as there are `values`.
std::vector<Sprint> select_sprints(soci::session& session, const std::string& condition,
                                   const std::vector<std::string>& values);
std::optional<Sprint> select_sprint(soci::session& session, const std::string& sprint_id);
/// The one in progress.
std::optional<Sprint> select_active_sprint(soci::session& session, const std::string& project_id);

/// By task_id.
std::vector<Task> select_tasks(soci::session& session, const std::string& sprint_id);
std::optional<Task> select_task(soci::session& session, const std::string& sprint_id,
                                const std::string& task_id);
/// The sprint in progress that holds the task, else the latest that did.
std::optional<Sprint> select_sprint_of_task(soci::session& session, const std::string& task_id);

/// False when a row of that key is there: it is kept as it is.
bool insert_sprint(soci::session& session, const Sprint& sprint);
bool insert_task(soci::session& session, const std::string& sprint_id, const Task& task);

/// Status and progress.
void update_task(soci::session& session, const std::string& sprint_id, const Task& task);

struct NumberedChange {
    long long number = 0;
    TaskChange change;
};
void insert_change(soci::session& session, const std::string& sprint_id, const TaskChange& change,
                   Instant now);
/// Those with a number over `after`, oldest first.
std::vector<NumberedChange> select_changes(soci::session& session, const std::string& sprint_id,
                                           long long after);

}  // namespace dsm::sprint

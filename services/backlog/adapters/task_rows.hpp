// Reads and writes single rows of `tasks`. Everything throws SOCI's errors and runs inside the
// caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/backlog/core/task.hpp"

namespace soci {
class session;
}

namespace dsm::backlog {

/// One bound value of a statement.
struct Binding {
    const char* name;
    std::string value;
};

/// What follows FROM tasks, with its bindings.
std::vector<Task> select_tasks(soci::session& session, const std::string& rest,
                               const std::vector<Binding>& bindings);

/// Locked against other writers until the transaction ends.
std::optional<DatedTask> lock_task(soci::session& session, const std::string& id);

/// False when a row of that id is there: it is kept as it is.
bool insert_task(soci::session& session, const Task& task);

/// All but the id and the project.
void update_task(soci::session& session, const DatedTask& task);

/// One more than the highest number in the ids of the project. Until the transaction ends no other
/// one gets the same.
std::int64_t next_number(soci::session& session, const std::string& project_id);

}  // namespace dsm::backlog

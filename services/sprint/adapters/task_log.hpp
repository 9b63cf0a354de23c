// Changes a task with its line in the log and its event; and takes reports out of the journal.
#pragma once

#include <vector>

#include "libs/outbox/outbox.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

/// Stores `now_is`, logs what changed (with what people `said`) and enqueues TASK_UPDATED. Without
/// a change and without words there is no line in the log. Throws SOCI's errors.
void change_task(soci::session& session, const Sprint& sprint, const Task& before,
                 const Task& now_is, TaskChange said, const Cause& cause, rt::Random& random);

/// Messages that deliver the reports of this sprint which Chronicle may not have; from then on they
/// count as recorded under their event ids. Throws SOCI's errors.
std::vector<outbox::Message> take_unrecorded_reports(soci::session& session,
                                                     const std::string& sprint_id,
                                                     const Cause& cause);

}  // namespace dsm::sprint

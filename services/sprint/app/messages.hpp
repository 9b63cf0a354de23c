// The messages that a change of a sprint causes, for the outbox. Pure but for event ids.
#pragma once

#include <string_view>
#include <vector>

#include "libs/outbox/outbox.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

inline constexpr std::string_view kToSprintEvents = "stream:dsm:events";
inline constexpr std::string_view kToTaskUpdates = "stream:task_update_events";
/// The payload names a task; what is delivered is what holds of it then, so a late delivery never
/// overwrites something newer.
inline constexpr std::string_view kToBacklog = "backlog";
/// The event type is the kind of note, the payload its body.
inline constexpr std::string_view kToChronicle = "chronicle";

/// SprintStarted, the planning note under the same event id, and a word to the backlog for every
/// task.
std::vector<outbox::Message> messages_of_start(const SprintWithTasks& started, const Cause& cause,
                                               rt::Random& random);

/// SprintClosed, the retrospective, and a word to the backlog for every task.
std::vector<outbox::Message> messages_of_close(const SprintWithTasks& closed, const Cause& cause,
                                               rt::Random& random);

/// TASK_UPDATED.
outbox::Message message_of_update(const Task& task, const Sprint& sprint, const Cause& cause,
                                  rt::Random& random);

}  // namespace dsm::sprint

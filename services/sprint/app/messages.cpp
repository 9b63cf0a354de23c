// One place decides what other services hear, and under which id.
#include "services/sprint/app/messages.hpp"

#include <boost/json.hpp>

#include "services/sprint/core/documents.hpp"

namespace dsm::sprint {
namespace {

namespace json = boost::json;

outbox::Message message(std::string_view destination, std::string order_key, std::string event_id,
                        std::string event_type, const json::object& payload, const Cause& cause) {
    return {.destination = std::string(destination),
            .order_key = std::move(order_key),
            .event_id = std::move(event_id),
            .event_type = std::move(event_type),
            .payload = json::serialize(payload),
            .correlation_id = cause.trace.correlation_id,
            .traceparent = cause.trace.traceparent};
}

Origin origin_of(std::string event_id, const Cause& cause) {
    return {std::move(event_id), cause.trace.correlation_id, cause.now};
}

void tell_backlog(std::vector<outbox::Message>& messages, const SprintWithTasks& of,
                  const Cause& cause, rt::Random& random) {
    for (const Task& task : of.tasks) {
        messages.push_back(message(
            kToBacklog, task.task_id, random.uuid(), "task_state",
            {{"task_id", task.task_id}, {"updated_at", format_rfc3339_micros(cause.now)}}, cause));
    }
}

}  // namespace

std::vector<outbox::Message> messages_of_start(const SprintWithTasks& started, const Cause& cause,
                                               rt::Random& random) {
    const std::string& id = started.sprint.sprint_id;
    const std::string event_id = random.uuid();
    std::vector<outbox::Message> messages;
    messages.push_back(message(kToSprintEvents, id, event_id, "SprintStarted",
                               sprint_event("SprintStarted", started, origin_of(event_id, cause)),
                               cause));
    messages.push_back(
        message(kToChronicle, id, event_id, "sprint_planning", planning_note(started), cause));
    tell_backlog(messages, started, cause, random);
    return messages;
}

std::vector<outbox::Message> messages_of_close(const SprintWithTasks& closed, const Cause& cause,
                                               rt::Random& random) {
    const std::string& id = closed.sprint.sprint_id;
    const std::string event_id = random.uuid();
    std::vector<outbox::Message> messages;
    messages.push_back(message(kToSprintEvents, id, event_id, "SprintClosed",
                               sprint_event("SprintClosed", closed, origin_of(event_id, cause)),
                               cause));
    messages.push_back(message(kToChronicle, id, retrospective_event_id(id), "sprint_retrospective",
                               retrospective_note(closed), cause));
    tell_backlog(messages, closed, cause, random);
    return messages;
}

outbox::Message message_of_update(const Task& task, const Sprint& sprint, const Cause& cause,
                                  rt::Random& random) {
    const std::string event_id = random.uuid();
    return message(kToTaskUpdates, task.task_id, event_id, "TASK_UPDATED",
                   task_updated_event(task, sprint, origin_of(event_id, cause)), cause);
}

}  // namespace dsm::sprint

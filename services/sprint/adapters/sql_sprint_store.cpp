// What may happen to a sprint is decided by the rules of core inside the transaction that stores
// it.
#include "services/sprint/adapters/sql_sprint_store.hpp"

#include <fmt/format.h>
#include <soci/soci.h>

#include "libs/base/identifier.hpp"
#include "libs/sql/seen_events.hpp"
#include "services/sprint/adapters/sql_rows.hpp"
#include "services/sprint/adapters/task_log.hpp"
#include "services/sprint/app/messages.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kLongestId = 255;
constexpr const char* kConsumer = "daily_scrum_events";

std::string already_in_progress(const std::string& project_id) {
    return fmt::format("A sprint is already in progress for project {}.", project_id);
}

/// The next free id: also one that an import gave to another project's sprint is not free.
std::string next_sprint_id(soci::session& session, const std::string& project_id) {
    std::vector<std::string> ids;
    for (Sprint& sprint : select_sprints(session, "WHERE project_id = :project", {project_id})) {
        ids.push_back(std::move(sprint.sprint_id));
    }
    auto number = next_sprint_number(project_id, ids);
    std::string id = sprint_id_of(project_id, number);
    while (select_sprint(session, id)) id = sprint_id_of(project_id, ++number);
    return id;
}

Result<SprintWithTasks> start_sprint(soci::session& session, const NewSprint& sprint,
                                     const Cause& cause, rt::Random& random) {
    if (select_active_sprint(session, sprint.project_id)) {
        return fail(ErrorCode::kConflict, already_in_progress(sprint.project_id));
    }
    SprintWithTasks started{{.sprint_id = next_sprint_id(session, sprint.project_id),
                             .project_id = sprint.project_id,
                             .sprint_name = sprint.sprint_name,
                             .start_date = sprint.start_date,
                             .end_date = end_of_sprint(sprint.start_date, sprint.duration_weeks),
                             .duration_weeks = sprint.duration_weeks},
                            sprint.tasks};
    const std::string& id = started.sprint.sprint_id;
    if (count_characters(id) > kLongestId) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("The id of project {} is too long for one of its sprints.",
                                sprint.project_id));
    }
    insert_sprint(session, started.sprint);
    for (const Task& task : started.tasks) insert_task(session, id, task);
    for (const auto& message : messages_of_start(started, cause, random)) {
        outbox::enqueue(session, message, cause.now);
    }
    return started;
}

/// Reports that Chronicle may not have yet: with the sprint closed nobody asks for them again.
void hand_over_reports(soci::session& session, const std::string& sprint_id, const Cause& cause) {
    for (const auto& message : take_unrecorded_reports(session, sprint_id, cause)) {
        outbox::enqueue(session, message, cause.now);
    }
}

Result<ClosedSprint> close_sprint(soci::session& session, const std::string& sprint_id,
                                  const Cause& cause, rt::Random& random) {
    auto sprint = select_sprint(session, sprint_id);
    if (!sprint) {
        return fail(ErrorCode::kNotFound, fmt::format("Sprint {} not found.", sprint_id));
    }
    if (sprint->status != SprintStatus::kInProgress) {
        return fail(ErrorCode::kConflict,
                    fmt::format("Sprint {} is not in 'in_progress' status. Current status: {}",
                                sprint_id, text_of(sprint->status)));
    }
    SprintWithTasks closed{std::move(*sprint), select_tasks(session, sprint_id)};
    const auto completed = std::ranges::count_if(closed.tasks, &Task::is_completed);
    const auto open = std::ssize(closed.tasks) - completed;
    closed.sprint.status = status_at_close(closed.tasks);
    const std::string status = text_of(closed.sprint.status);
    session << "UPDATE sprints SET status = :status WHERE sprint_id = :id", soci::use(status),
        soci::use(sprint_id);
    for (const auto& message : messages_of_close(closed, cause, random)) {
        outbox::enqueue(session, message, cause.now);
    }
    hand_over_reports(session, sprint_id, cause);
    return ClosedSprint{.sprint = closed.sprint,
                        .completed = static_cast<int>(completed),
                        .moved_to_backlog = static_cast<int>(open),
                        .retrospective_id = retrospective_event_id(sprint_id)};
}

}  // namespace

asio::awaitable<Result<SprintWithTasks>> SqlSprintStore::start(NewSprint sprint, Cause cause) {
    auto started = co_await database_->write(
        [&](soci::session& session) { return start_sprint(session, sprint, cause, random_); });
    // The unique index said it where another process was quicker.
    if (!started && started.error().code == ErrorCode::kConflict) {
        started.error().message = already_in_progress(sprint.project_id);
    }
    co_return started;
}

asio::awaitable<Result<ClosedSprint>> SqlSprintStore::close(std::string sprint_id, Cause cause) {
    co_return co_await database_->write(
        [&](soci::session& session) { return close_sprint(session, sprint_id, cause, random_); });
}

asio::awaitable<Result<void>> SqlSprintStore::update_task(std::string task_id,
                                                          ProgressUpdate update, Cause cause) {
    co_return co_await database_->write([&](soci::session& session) -> Result<void> {
        const auto sprint = select_sprint_of_task(session, task_id);
        // A closed sprint keeps its tasks as history.
        if (!sprint || sprint->status != SprintStatus::kInProgress) {
            return fail(ErrorCode::kNotFound,
                        fmt::format("Task {} not found in SprintDB.", task_id));
        }
        const Task before = *select_task(session, sprint->sprint_id, task_id);
        change_task(session, *sprint, before, after(before, update), {}, cause, random_);
        return {};
    });
}

asio::awaitable<Result<void>> SqlSprintStore::apply(TaskProgressed event, Cause cause) {
    co_return co_await database_->write([&](soci::session& session) -> Result<void> {
        const auto sprint = select_sprint(session, event.sprint_id);
        const bool is_active = sprint && sprint->status == SprintStatus::kInProgress;
        const auto before =
            is_active ? select_task(session, event.sprint_id, event.said.task_id) : std::nullopt;
        if (!before) {
            return fail(ErrorCode::kNotFound, fmt::format("Task {} is not in an active sprint {}.",
                                                          event.said.task_id, event.sprint_id));
        }
        if (!sql::first_sight(session, kConsumer, event.event_id, events_kept_)) return {};
        const ProgressUpdate update{.progress_percentage = event.said.new_progress};
        change_task(session, *sprint, *before, after(*before, update), event.said, cause, random_);
        return {};
    });
}

}  // namespace dsm::sprint

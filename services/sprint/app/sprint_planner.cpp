// Gather, plan, store. That only one sprint starts is the store's promise, not this file's.
#include "services/sprint/app/sprint_planner.hpp"

#include <fmt/format.h>

#include "libs/rt/parallel.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;

asio::awaitable<Outcome<StartedSprint>> SprintPlanner::start(SprintRequest request, Call call) {
    const std::string& project = request.project_id;
    Outcome<std::vector<std::string>> team;
    Outcome<std::vector<Task>> candidates;
    Result<std::string> active;
    const auto read_team = [&]() -> asio::awaitable<void> {
        team = co_await projects_.team(project, call);
    };
    const auto read_backlog = [&]() -> asio::awaitable<void> {
        candidates = co_await backlog_.unassigned(project, call);
    };
    const auto read_active = [&]() -> asio::awaitable<void> {
        active = co_await directory_.active_of(project);
    };
    co_await rt::when_all({read_team, read_backlog, read_active});

    if (!team) co_return std::unexpected(team.error());
    if (active) {
        co_return failed(Failure::Kind::kConflict,
                         fmt::format("A sprint is already in progress for project {}.", project));
    }
    if (active.error().code != ErrorCode::kNotFound) {
        co_return std::unexpected(of_store(active.error()));
    }
    if (!candidates) co_return std::unexpected(candidates.error());
    if (candidates->empty()) {
        co_return failed(
            Failure::Kind::kConflict,
            fmt::format("Cannot create sprint: No unassigned tasks found for project {}.",
                        project));
    }
    StartedSprint result;
    if (team->empty() && request.assignment == Assignment::kToPeople) {
        result.warnings.push_back(fmt::format(
            "Project {} has no team members: tasks without an assignee stay so.", project));
    }
    NewSprint sprint{.project_id = project,
                     .sprint_name = request.sprint_name,
                     .start_date = clock_.today(),
                     .duration_weeks = request.duration_weeks,
                     .tasks = plan_tasks(std::move(*candidates), std::move(*team),
                                         request.max_tasks, request.assignment)};
    auto started = co_await store_.start(std::move(sprint), {call.trace, clock_.wall()});
    if (!started) co_return std::unexpected(of_store(started.error()));
    telemetry::log(telemetry::Level::kInfo, "sprint-service", "sprint_started",
                   {{"sprint_id", started->sprint.sprint_id},
                    {"project_id", project},
                    {"tasks", started->tasks.size()},
                    {"correlation_id", call.trace.correlation_id}});
    result.started = std::move(*started);
    co_return result;
}

}  // namespace dsm::sprint

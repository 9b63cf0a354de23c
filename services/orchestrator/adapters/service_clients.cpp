#include "services/orchestrator/adapters/service_clients.hpp"

#include "services/orchestrator/adapters/service_documents.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

std::string projects_path(const ProjectId& id) {
    return "/projects/" + http::escape(id.str());
}

}  // namespace

Awaited<Outcome<Project>> HttpProjectDirectory::project(ProjectId id, Call call) {
    ServiceRequest request{.path = projects_path(id)};
    // Another project's body would be acted upon as if it were this one's.
    co_return co_await caller_.ask<Project>(
        std::move(request), std::move(call), [id](const boost::json::value& body) {
            auto project = parse_project(body);
            const bool asked =
                project && project->details.at("id").as_string() == std::string_view(id.str());
            return asked ? std::move(project) : std::nullopt;
        });
}

Awaited<Outcome<std::int64_t>> HttpProjectDirectory::team_size(ProjectId id, Call call) {
    ServiceRequest request{.path = projects_path(id) + "/team-members"};
    co_return co_await caller_.ask<std::int64_t>(std::move(request), std::move(call),
                                                 parse_team_size);
}

Awaited<Outcome<Availability>> HttpProjectDirectory::availability(ProjectId id, Date from, Date to,
                                                                  Call call) {
    ServiceRequest request{.path =
                               fmt::format("{}/availability/check?start_date={}&end_date={}",
                                           projects_path(id), format_date(from), format_date(to))};
    co_return co_await caller_.ask<Availability>(std::move(request), std::move(call),
                                                 parse_availability);
}

Awaited<Outcome<BacklogSummary>> HttpBacklog::summary(ProjectId id, Call call) {
    ServiceRequest request{.path = "/backlogs/" + http::escape(id.str()) + "/summary"};
    co_return co_await caller_.ask<BacklogSummary>(std::move(request), std::move(call),
                                                   parse_backlog_summary);
}

Awaited<Outcome<std::vector<Sprint>>> HttpSprintDirectory::of_project(ProjectId id, Call call) {
    ServiceRequest request{.path = "/sprints/by-project/" + http::escape(id.str())};
    co_return co_await caller_.ask<std::vector<Sprint>>(
        std::move(request), std::move(call), [id](const boost::json::value& body) {
            auto sprints = parse_sprints(body);
            const bool asked = sprints && std::ranges::all_of(*sprints, [&](const Sprint& sprint) {
                                   return sprint.project_id == id;
                               });
            return asked ? std::move(sprints) : std::nullopt;
        });
}

Awaited<Outcome<StartedSprint>> HttpSprintDirectory::start(ProjectId id, CreateSprint plan,
                                                           Call call) {
    ServiceRequest request{.method = "POST",
                           .path = "/sprints/" + http::escape(id.str()),
                           .body = boost::json::value{{"sprint_name", plan.name},
                                                      {"duration_weeks", plan.duration_weeks},
                                                      {"max_tasks", plan.max_tasks},
                                                      {"assign_tasks", plan.assign_tasks}}};
    co_return co_await caller_.ask<StartedSprint>(std::move(request), std::move(call),
                                                  parse_started_sprint);
}

Awaited<Outcome<std::int64_t>> HttpSprintDirectory::task_count(SprintId id, Call call) {
    ServiceRequest request{.path = "/sprints/" + http::escape(id.str()) + "/task-summary"};
    co_return co_await caller_.ask<std::int64_t>(std::move(request), std::move(call),
                                                 parse_task_count);
}

Awaited<Outcome<SprintPage>> HttpSprintDirectory::active(std::string after, Call call) {
    ServiceRequest request{.path = "/sprints/active?all=true&limit=500"};
    if (!after.empty()) request.path += "&continue=" + http::escape(after);
    co_return co_await caller_.ask<SprintPage>(std::move(request), std::move(call),
                                               parse_sprint_page);
}

}  // namespace dsm::orchestrator

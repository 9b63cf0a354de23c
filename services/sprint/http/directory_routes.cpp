// Reads only. An id that cannot be stored is not looked up.
#include "services/sprint/http/directory_routes.hpp"

#include <boost/json.hpp>
#include <map>

#include "libs/base/identifier.hpp"
#include "libs/http/body.hpp"
#include "services/sprint/http/replies.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;
namespace json = boost::json;
using http::Presence;
using http::Request;
using http::Response;

void DirectoryRoutes::add_to(http::Router& router) {
    router.add("GET", "/sprints/active", [this](Request r) { return active(std::move(r)); });
    router.add("GET", "/sprints/active/{project_id}",
               [this](Request r) { return active_of(std::move(r)); });
    router.add("GET", "/sprints/by-project/{project_id}",
               [this](Request r) { return by_project(std::move(r)); });
    router.add("GET", "/sprints/list_projects",
               [this](Request r) { return list_projects(std::move(r)); });
    router.add("GET", "/sprints/{sprint_id}", [this](Request r) { return one(std::move(r)); });
    router.add("GET", "/sprints/{sprint_id}/tasks",
               [this](Request r) { return tasks(std::move(r)); });
    router.add("GET", "/sprints/{sprint_id}/task-summary",
               [this](Request r) { return task_summary(std::move(r)); });
    router.add("GET", "/workspace", [this](Request) -> asio::awaitable<Response> {
        auto sprints = co_await directory_.list({});
        if (!sprints) co_return refuse(of_store(sprints.error()));
        std::ranges::sort(*sprints, {}, &Sprint::sprint_id);
        co_return Response::json(200, {{"sprints", to_array(*sprints)}});
    });
}

asio::awaitable<Response> DirectoryRoutes::active(Request request) {
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    const bool all = query.boolean("all", Presence::kOptional).value_or(false);
    ActiveFilter filter{.after = query.text("continue", Presence::kOptional).value_or(""),
                        .limit = query.limit()};
    if (!errors.empty()) co_return http::validation_error(errors);
    if (!all) filter = {.after = "", .limit = 1};

    auto page = co_await directory_.active(std::move(filter));
    if (!page) co_return refuse(of_store(page.error()));
    if (all) {
        const json::value next =
            page->next.empty() ? json::value(nullptr) : json::value(page->next);
        co_return Response::json(200, {{"sprints", to_array(page->sprints)}, {"continue", next}});
    }
    if (page->sprints.empty()) co_return http::error(404, "No active sprint found.");
    co_return Response::json(200, {{"sprint_id", page->sprints.front().sprint_id}});
}

asio::awaitable<Response> DirectoryRoutes::active_of(Request request) {
    auto found = co_await directory_.active_of(request.param("project_id"));
    if (!found) co_return refuse(of_store(found.error()));
    co_return Response::json(200, {{"sprint_id", *found}});
}

asio::awaitable<Response> DirectoryRoutes::by_project(Request request) {
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    SprintFilter filter{.project_id = request.param("project_id"),
                        .status = query.text("status", Presence::kOptional),
                        .limit = query.limit()};
    if (!errors.empty()) co_return http::validation_error(errors);
    if (!is_valid_id(*filter.project_id)) co_return Response::json(200, json::array{});

    auto sprints = co_await directory_.list(std::move(filter));
    if (!sprints) co_return refuse(of_store(sprints.error()));
    co_return Response::json(200, to_array(*sprints));
}

asio::awaitable<Response> DirectoryRoutes::list_projects(Request) {
    auto sprints = co_await directory_.list({});
    if (!sprints) co_return refuse(of_store(sprints.error()));
    std::map<std::string, json::array> by_project;
    for (const Sprint& sprint : *sprints) by_project[sprint.project_id].push_back(to_json(sprint));
    json::array projects;
    for (auto& [project_id, list] : by_project) {
        projects.push_back({{"project_id", project_id}, {"sprints", std::move(list)}});
    }
    co_return Response::json(200, projects);
}

asio::awaitable<std::expected<SprintWithTasks, Response>> DirectoryRoutes::find(std::string id) {
    if (!is_valid_id(id)) co_return std::unexpected(no_sprint(id));
    auto found = co_await directory_.find(std::move(id));
    if (!found) co_return std::unexpected(refuse(of_store(found.error())));
    co_return std::move(*found);
}

asio::awaitable<Response> DirectoryRoutes::one(Request request) {
    auto found = co_await find(request.param("sprint_id"));
    if (!found) co_return std::move(found.error());
    co_return Response::json(200, {{"sprint", to_json(found->sprint)},
                                   {"tasks", to_array(found->tasks, found->sprint.sprint_id)}});
}

asio::awaitable<Response> DirectoryRoutes::tasks(Request request) {
    auto found = co_await find(request.param("sprint_id"));
    if (!found) co_return std::move(found.error());
    co_return Response::json(200, to_array(found->tasks, found->sprint.sprint_id));
}

asio::awaitable<Response> DirectoryRoutes::task_summary(Request request) {
    auto found = co_await find(request.param("sprint_id"));
    if (!found) co_return std::move(found.error());
    const auto completed = std::ranges::count_if(found->tasks, &Task::is_completed);
    co_return Response::json(200, {{"total_tasks", found->tasks.size()},
                                   {"completed_tasks", completed},
                                   {"pending_tasks", std::ssize(found->tasks) - completed}});
}

}  // namespace dsm::sprint

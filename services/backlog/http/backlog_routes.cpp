// A project named "summary" has a backlog that can be generated, and listed only with a filter:
// without one the literal route wins.
#include "services/backlog/http/backlog_routes.hpp"

#include "libs/base/identifier.hpp"
#include "services/backlog/http/replies.hpp"

namespace dsm::backlog {

namespace asio = boost::asio;
using http::Presence;
using http::Request;
using http::Response;

namespace {

/// Absent and empty mean the same: no filter.
std::optional<std::string> filter_of(const http::Query& query, std::string_view name) {
    const auto text = query.find(name);
    return text && !text->empty() ? std::optional<std::string>(*text) : std::nullopt;
}

void read_new_task(http::ObjectReader& reader, const std::string& project_id,
                   std::vector<Task>& tasks) {
    const auto title = reader.text("title", Presence::kRequired, {.min_length = 1});
    const auto id = reader.text("task_id", Presence::kOptional, http::kIdRule);
    const auto description = reader.text("description", Presence::kOptional);
    const auto assigned_to = reader.text("assigned_to", Presence::kOptional, http::kIdRule);
    tasks.push_back({.id = id.value_or(""),
                     .project_id = project_id,
                     .title = title.value_or(""),
                     .description = description.value_or(""),
                     .assigned_to = assigned_to});
}

/// The tasks that the body asks for; the samples when it asks for none.
std::expected<std::vector<Task>, Response> read_tasks(const Request& request,
                                                      const std::string& project_id) {
    const auto body = http::read_body(request, Presence::kOptional);
    if (!body) return std::unexpected(body.error());
    std::vector<http::FieldError> errors;
    http::ObjectReader root(*body, errors);
    if (!root.has("tasks") || root.is_null("tasks")) return sample_tasks(project_id);
    std::vector<Task> tasks;
    for_each_object(root, "tasks", Presence::kRequired, errors,
                    [&](http::ObjectReader& reader) { read_new_task(reader, project_id, tasks); });
    if (!errors.empty()) return std::unexpected(http::validation_error(errors));
    return tasks;
}

}  // namespace

void BacklogRoutes::add_to(http::Router& router) {
    router.add("GET", "/backlogs/summary", [this](Request r) { return summaries(std::move(r)); });
    router.add("GET", "/backlogs/{project_id}", [this](Request r) {
        std::string id = r.param("project_id");
        return list(std::move(r), std::move(id));
    });
    router.add("POST", "/backlogs/{project_id}",
               [this](Request r) { return generate(std::move(r)); });
    router.add("GET", "/backlogs/{project_id}/summary",
               [this](Request r) { return summary(std::move(r)); });
}

asio::awaitable<std::optional<Response>> BacklogRoutes::check_project(Request request) {
    using Kind = ProjectAnswer::Kind;
    const std::string id = request.param("project_id");
    ProjectAnswer answer{Kind::kMissing, ""};
    if (is_valid_id(id)) {
        answer = co_await projects_.look_up(id, request.trace.correlation_id,
                                            request.trace.traceparent, request.deadline);
    }
    switch (answer.kind) {
        case Kind::kExists:
            co_return std::nullopt;
        case Kind::kMissing:
            co_return http::error(404, "Project " + id + " not found.");
        case Kind::kRefused:
        case Kind::kUnreachable:
            break;
    }
    Response refusal = http::error(answer.kind == Kind::kRefused ? 502 : 503, answer.detail);
    if (answer.retry_after) {
        refusal.headers.set("Retry-After", std::to_string(answer.retry_after->count()));
    }
    co_return refusal;
}

asio::awaitable<Response> BacklogRoutes::generate(Request request) {
    const std::string id = request.param("project_id");
    auto tasks = read_tasks(request, id);
    if (!tasks) co_return tasks.error();
    auto refusal = co_await check_project(std::move(request));
    if (refusal) co_return std::move(*refusal);
    if (!can_number_tasks(id)) {
        co_return http::error(422,
                              "The id of the project is too long: the ids of its tasks, "
                              "{id}-TASK001 and so on, would have more than 255 characters.");
    }

    const auto asked_for = tasks->size();
    const auto added = co_await store_.add(std::move(*tasks), ImportMode::kWrite);
    if (!added) co_return refuse(added.error());
    co_return Response::json(201, {{"message", "Backlog generated successfully for project " + id},
                                   {"tasks_count", asked_for}});
}

asio::awaitable<Response> BacklogRoutes::list(Request request, std::string id) {
    if (!is_valid_id(id)) co_return Response::json(200, boost::json::array());

    const auto tasks =
        co_await store_.list({.project_id = id,
                              .status = filter_of(request.query, "status"),
                              .assigned_to = filter_of(request.query, "assigned_to")});
    if (!tasks) co_return refuse(tasks.error());
    co_return Response::json(200, to_array(*tasks));
}

asio::awaitable<Response> BacklogRoutes::summary(Request request) {
    const std::string& id = request.param("project_id");
    if (!is_valid_id(id)) co_return Response::json(200, to_json(Summary{.project_id = id}));

    const auto found = co_await store_.summaries(id);
    if (!found) co_return refuse(found.error());
    co_return Response::json(200,
                             to_json(found->empty() ? Summary{.project_id = id} : found->at(0)));
}

/// Only the list of tasks knows filters, so with one it is the list of the project "summary".
asio::awaitable<Response> BacklogRoutes::summaries(Request request) {
    if (filter_of(request.query, "status") || filter_of(request.query, "assigned_to")) {
        auto tasks = co_await list(std::move(request), "summary");
        co_return tasks;
    }
    const auto found = co_await store_.summaries(std::nullopt);
    if (!found) co_return refuse(found.error());
    co_return Response::json(200, to_array(*found));
}

}  // namespace dsm::backlog

// null means "not given" everywhere but in sprint_id, where it takes the task out of its sprint.
#include "services/backlog/http/task_routes.hpp"

#include <set>

#include "libs/base/identifier.hpp"
#include "services/backlog/http/replies.hpp"

namespace dsm::backlog {

namespace asio = boost::asio;
using http::Presence;
using http::Request;
using http::Response;

namespace {

constexpr http::IntRule kPercent{.min = 0, .max = 100};

std::optional<Instant> read_instant(http::ObjectReader& reader, std::string_view name) {
    const auto text = reader.text(name, Presence::kOptional);
    if (!text) return std::nullopt;
    const auto instant = parse_rfc3339(*text);
    if (!instant) reader.reject(name, "this is no RFC 3339 time");
    return instant;
}

TaskChange read_change(http::ObjectReader& reader) {
    return {
        .title = reader.text("title", Presence::kOptional),
        .description = reader.text("description", Presence::kOptional),
        .status = reader.text("status", Presence::kOptional),
        .assigned_to = reader.text("assigned_to", Presence::kOptional, http::kIdRule),
        .sprint_id = reader.text("sprint_id", Presence::kOptional, http::kIdRule),
        .clear_sprint = reader.is_null("sprint_id"),
        .progress_percentage = reader.integer("progress_percentage", Presence::kOptional, kPercent),
        .updated_at = read_instant(reader, "updated_at")};
}

void read_task(http::ObjectReader& reader, std::set<std::string>& seen, std::vector<Task>& tasks) {
    const auto id = reader.text("task_id", Presence::kRequired, http::kIdRule);
    const auto project_id = reader.text("project_id", Presence::kRequired, http::kIdRule);
    const auto title = reader.text("title", Presence::kRequired);
    const auto description = reader.text("description", Presence::kRequired);
    const auto status = reader.text("status", Presence::kRequired);
    const auto assigned_to = reader.text("assigned_to", Presence::kOptional, http::kIdRule);
    const auto sprint_id = reader.text("sprint_id", Presence::kOptional, http::kIdRule);
    const auto progress = reader.integer("progress_percentage", Presence::kRequired, kPercent);
    if (id && !seen.insert(*id).second) reader.reject("task_id", "this task is in the list twice");
    tasks.push_back({.id = id.value_or(""),
                     .project_id = project_id.value_or(""),
                     .title = title.value_or(""),
                     .description = description.value_or(""),
                     .status = status.value_or(""),
                     .assigned_to = assigned_to,
                     .sprint_id = sprint_id,
                     .progress_percentage = progress.value_or(0)});
}

}  // namespace

void TaskRoutes::add_to(http::Router& router) {
    router.add("PUT", "/tasks/{task_id}", [this](Request r) { return change(std::move(r)); });
    router.add("POST", "/workspace", [this](Request r) { return import(std::move(r)); });
    router.add("GET", "/workspace", [this](Request r) { return export_all(std::move(r)); });
}

asio::awaitable<Response> TaskRoutes::change(Request request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader reader(*body, errors);
    auto change = read_change(reader);
    if (!errors.empty()) co_return http::validation_error(errors);
    if (change.empty()) co_return http::error(422, "No fields provided for update.");
    const std::string& id = request.param("task_id");
    if (!is_valid_id(id)) co_return http::error(404, "Task " + id + " not found.");

    const auto changed = co_await store_.change(id, std::move(change), clock_.wall());
    if (!changed) co_return refuse(changed.error());
    co_return Response::json(200, {{"message", "Task " + id + " updated successfully"}});
}

asio::awaitable<Response> TaskRoutes::import(Request request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader root(*body, errors);
    http::QueryReader query(request.query, errors);
    const auto dry_run = query.boolean("dry_run", Presence::kOptional);
    std::vector<Task> tasks;
    std::set<std::string> seen;
    for_each_object(root, "tasks", Presence::kOptional, errors,
                    [&](http::ObjectReader& reader) { read_task(reader, seen, tasks); });
    if (!errors.empty()) co_return http::validation_error(errors);

    const auto mode = dry_run.value_or(false) ? ImportMode::kDryRun : ImportMode::kWrite;
    const auto count = co_await store_.add(std::move(tasks), mode);
    if (!count) co_return refuse(count.error());
    co_return Response::json(200, {{"imported", count->imported}, {"kept", count->kept}});
}

asio::awaitable<Response> TaskRoutes::export_all(Request) {
    const auto tasks = co_await store_.list_all();
    if (!tasks) co_return refuse(tasks.error());
    co_return Response::json(200, {{"tasks", to_array(*tasks)}});
}

}  // namespace dsm::backlog

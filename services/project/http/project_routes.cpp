// A path id that no stored id can equal is not found without asking the store.
#include "services/project/http/project_routes.hpp"

#include "libs/base/identifier.hpp"
#include "libs/http/body.hpp"
#include "services/project/http/replies.hpp"

namespace dsm::project {

namespace asio = boost::asio;
using http::Presence;
using http::Request;
using http::Response;

void ProjectRoutes::add_to(http::Router& router) {
    router.add("POST", "/projects", [this](Request r) { return create(std::move(r)); });
    router.add("GET", "/projects", [this](Request r) { return list(std::move(r)); });
    router.add("GET", "/projects/{project_id}", [this](Request r) { return read(std::move(r)); });
    router.add("PUT", "/projects/{project_id}/status",
               [this](Request r) { return set_status(std::move(r)); });
}

asio::awaitable<Response> ProjectRoutes::create(Request request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader reader(*body, errors);
    const auto id = reader.text("id", Presence::kRequired, http::kIdRule);
    const auto name = reader.text("name", Presence::kRequired);
    const auto description = reader.text("description", Presence::kRequired);
    const auto status = reader.text("status", Presence::kRequired);
    if (!errors.empty()) co_return http::validation_error(errors);

    const auto added = co_await store_.add({*id, *name, *description, *status});
    if (!added) co_return refuse(added.error());
    co_return Response::json(201,
                             {{"message", "Project created successfully"}, {"project_id", *id}});
}

asio::awaitable<Response> ProjectRoutes::list(Request request) {
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    const auto limit = query.limit();
    const auto offset = query.integer("offset", Presence::kOptional, {.min = 0});
    if (!errors.empty()) co_return http::validation_error(errors);

    const auto projects =
        co_await store_.list({.limit = limit.value_or(INT64_MAX), .offset = offset.value_or(0)});
    if (!projects) co_return refuse(projects.error());
    co_return Response::json(200, to_array(*projects));
}

asio::awaitable<Response> ProjectRoutes::read(Request request) {
    const std::string& id = request.param("project_id");
    if (!is_valid_id(id)) co_return no_project(id);

    const auto project = co_await store_.find(id);
    if (!project) co_return refuse(project.error());
    co_return Response::json(200, to_json(*project));
}

asio::awaitable<Response> ProjectRoutes::set_status(Request request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader reader(*body, errors);
    const auto status = reader.text("status", Presence::kRequired);
    if (!errors.empty()) co_return http::validation_error(errors);
    const std::string& id = request.param("project_id");
    if (!is_valid_id(id)) co_return no_project(id);

    const auto updated = co_await store_.set_status(id, *status, clock_.wall());
    if (!updated) co_return refuse(updated.error());
    co_return Response::json(200, {{"message", "Project status updated successfully"},
                                   {"project_id", id},
                                   {"status", *status}});
}

}  // namespace dsm::project

// Checked whole before anything is written: with one error nothing is.
#include "services/project/http/workspace_routes.hpp"

#include <set>

#include "libs/http/body.hpp"
#include "services/project/http/replies.hpp"
#include "services/project/http/workspace_body.hpp"

namespace dsm::project {

namespace asio = boost::asio;
using http::Presence;
using http::Request;
using http::Response;

void WorkspaceRoutes::add_to(http::Router& router) {
    router.add("POST", "/workspace", [this](Request r) { return import(std::move(r)); });
    router.add("GET", "/workspace", [this](Request r) { return export_all(std::move(r)); });
}

asio::awaitable<Response> WorkspaceRoutes::import(Request request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    auto read = read_workspace(*body);
    http::QueryReader query(request.query, read.errors);
    const auto dry_run = query.boolean("dry_run", Presence::kOptional);

    std::set<std::string> named;
    for (const Reference& reference : read.references) named.insert(reference.employee_id);
    const auto unknown = co_await store_.unknown_employees({named.begin(), named.end()});
    if (!unknown) co_return refuse(unknown.error());
    const std::set<std::string> missing(unknown->begin(), unknown->end());
    for (const Reference& reference : read.references) {
        if (missing.contains(reference.employee_id)) {
            read.errors.push_back(unknown_employee(reference));
        }
    }
    if (!read.errors.empty()) co_return http::validation_error(read.errors);

    const auto mode = dry_run.value_or(false) ? ImportMode::kDryRun : ImportMode::kWrite;
    const auto count = co_await store_.import(std::move(read.workspace), mode);
    if (!count) co_return refuse(count.error());
    co_return Response::json(200, {{"imported", count->imported}, {"kept", count->kept}});
}

asio::awaitable<Response> WorkspaceRoutes::export_all(Request) {
    const auto workspace = co_await store_.export_all();
    if (!workspace) co_return refuse(workspace.error());
    co_return Response::json(200, write_workspace(*workspace));
}

}  // namespace dsm::project

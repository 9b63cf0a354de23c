// Checked whole before anything is written: with one error nothing is.
#include "services/sprint/http/workspace_routes.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <set>

#include "libs/http/body.hpp"
#include "services/sprint/http/replies.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;
namespace json = boost::json;
using http::FieldError;
using http::ObjectReader;
using http::Presence;
using http::Request;
using http::Response;

namespace {

/// Calls `read(reader, place)` for every element of the list `name` that is an object.
template <class Read>
void each(ObjectReader& root, std::string_view name, std::vector<FieldError>& errors, Read read) {
    const auto* list = root.array(name, Presence::kOptional);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        auto loc = root.loc_of(name);
        loc.emplace_back(static_cast<std::int64_t>(i));
        if (!(*list)[i].is_object()) {
            errors.push_back({.type = "model_attributes_type",
                              .loc = std::move(loc),
                              .msg = "Input should be a valid dictionary or object",
                              .input = (*list)[i]});
            continue;
        }
        ObjectReader reader((*list)[i], errors, std::move(loc));
        read(reader, i);
    }
}

struct Seen {
    std::set<std::string> sprints;
    std::set<std::string> projects_in_progress;
    std::set<std::pair<std::string, std::string>> tasks;
};

void read_sprint(ObjectReader& reader, std::size_t place, Seen& seen, Workspace& out) {
    const auto id = reader.text("sprint_id", Presence::kRequired, http::kIdRule);
    const auto project = reader.text("project_id", Presence::kRequired, http::kIdRule);
    const auto name = reader.text("sprint_name", Presence::kRequired);
    const auto start = reader.date("start_date", Presence::kRequired);
    const auto end = reader.date("end_date", Presence::kRequired);
    const auto weeks =
        reader.integer("duration_weeks", Presence::kRequired, {.min = 1, .max = 520});
    const auto status_text = reader.text("status", Presence::kRequired);
    const auto status = status_text ? parse_sprint_status(*status_text) : std::nullopt;
    if (status_text && !status) {
        reader.reject("status",
                      "status must be in_progress, completed or closed_with_pending_tasks");
    }
    if (start && end && *end < *start) {
        reader.reject("end_date", "end_date must not be before start_date");
    }
    if (id && !seen.sprints.insert(*id).second) {
        reader.reject("sprint_id", "this sprint is in the list twice");
    }
    const bool active = project && status == SprintStatus::kInProgress;
    if (active && !seen.projects_in_progress.insert(*project).second) {
        reader.reject("status", "its project has another sprint in progress in this list");
    }
    if (!id || !project || !name || !start || !end || !weeks || !status) return;
    out.sprints.push_back(
        {{*id, *project, *name, *start, *end, static_cast<int>(*weeks), *status}, place});
}

void read_task(ObjectReader& reader, std::size_t place, Seen& seen, Workspace& out) {
    const auto sprint = reader.text("sprint_id", Presence::kOptional, http::kIdRule);
    const auto id = reader.text("task_id", Presence::kRequired, http::kIdRule);
    const auto title = reader.text("title", Presence::kRequired);
    const auto status = reader.text("status", Presence::kRequired);
    const auto progress =
        reader.integer("progress_percentage", Presence::kRequired, {.min = 0, .max = 100});
    const auto assigned_to = reader.text("assigned_to", Presence::kOptional, http::kIdRule);
    if (!sprint || !id || !title || !status || !progress) return;
    if (!seen.tasks.emplace(*sprint, *id).second) {
        reader.reject("task_id", "this task is in the list twice");
    }
    out.tasks.push_back(
        {*sprint, {*id, *title, *status, static_cast<int>(*progress), assigned_to}, place});
}

}  // namespace

ReadWorkspace read_workspace(const json::value& body) {
    ReadWorkspace out;
    Seen seen;
    ObjectReader root(body, out.errors);
    each(root, "sprints", out.errors, [&](ObjectReader& reader, std::size_t place) {
        read_sprint(reader, place, seen, out.workspace);
    });
    each(root, "tasks", out.errors, [&](ObjectReader& reader, std::size_t place) {
        read_task(reader, place, seen, out.workspace);
    });
    return out;
}

void WorkspaceRoutes::add_to(http::Router& router) {
    router.add("POST", "/workspace", [this](Request r) { return import(std::move(r)); });
}

asio::awaitable<Response> WorkspaceRoutes::import(Request request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    auto read = read_workspace(*body);
    http::QueryReader query(request.query, read.errors);
    const bool dry_run = query.boolean("dry_run", Presence::kOptional).value_or(false);
    if (!read.errors.empty()) co_return http::validation_error(read.errors);

    auto report = co_await store_.import(std::move(read.workspace),
                                         dry_run ? ImportMode::kDryRun : ImportMode::kWrite);
    if (!report) co_return refuse(of_store(report.error()));
    if (!report->problems.empty()) {
        std::string detail;
        for (const ImportProblem& problem : report->problems) {
            detail +=
                fmt::format("{}{}: {}", detail.empty() ? "" : "; ", problem.place, problem.message);
        }
        co_return http::error(409, std::move(detail));
    }
    co_return Response::json(200, {{"imported", report->imported}, {"kept", report->kept}});
}

}  // namespace dsm::sprint

// Bodies in, use cases, answers out.
#include "services/sprint/http/sprint_routes.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <set>

#include "libs/base/identifier.hpp"
#include "libs/http/body.hpp"
#include "services/sprint/http/replies.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;
namespace json = boost::json;
using http::Presence;
using http::Request;
using http::Response;

namespace {

constexpr http::TextRule kNameRule{.min_length = 1, .max_length = 255};
/// How long an answer waits for the backlog to hear of it; see Deliveries::backlog_heard.
constexpr std::chrono::milliseconds kBacklogWait{1'000};

Call call_of(const Request& request) {
    return {request.trace, request.deadline};
}

void check_status(http::ObjectReader& body, const std::optional<std::string>& status) {
    if (!status) return;
    for (const char* known : {kTaskAssigned, kTaskInProgress, kTaskCompleted}) {
        if (*status == known) return;
    }
    body.reject("status", fmt::format("status must be {}, {} or {}", kTaskAssigned, kTaskInProgress,
                                      kTaskCompleted));
}

}  // namespace

void SprintRoutes::add_to(http::Router& router) {
    router.add("POST", "/sprints/{project_id}", [this](Request r) {
        std::string project_id = r.param("project_id");
        return start(std::move(r), std::move(project_id));
    });
    // Words of other routes are project ids here.
    for (const std::string word : {"active", "by-project", "list_projects"}) {
        router.add("POST", "/sprints/" + word,
                   [this, word](Request r) { return start(std::move(r), word); });
    }
    router.add("POST", "/sprints/{sprint_id}/close",
               [this](Request r) { return close(std::move(r)); });
    router.add("POST", "/sprints/{sprint_id}/run-daily-scrum",
               [this](Request r) { return run_daily_scrum(std::move(r)); });
    router.add("POST", "/tasks/{task_id}/progress",
               [this](Request r) { return update_task(std::move(r)); });
}

asio::awaitable<Response> SprintRoutes::start(Request request, std::string project_id) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader reader(*body, errors);
    const auto name = reader.text("sprint_name", Presence::kRequired, kNameRule);
    const auto weeks = reader.integer("duration_weeks", Presence::kRequired, {.min = 1, .max = 12});
    const auto max_tasks =
        reader.integer("max_tasks", Presence::kOptional, {.min = 1, .max = 1000});
    const auto assign = reader.boolean("assign_tasks", Presence::kOptional);
    if (!errors.empty()) co_return http::validation_error(errors);
    if (!is_valid_id(project_id)) {
        co_return http::error(404, fmt::format("Project {} not found.", project_id));
    }
    auto started = co_await use_.planner.start(
        {.project_id = project_id,
         .sprint_name = *name,
         .duration_weeks = static_cast<int>(*weeks),
         .max_tasks = static_cast<std::size_t>(max_tasks.value_or(10)),
         .assignment = assign.value_or(true) ? Assignment::kToPeople : Assignment::kNone},
        call_of(request));
    if (!started) co_return refuse(started.error());
    use_.wake_relay();
    const SprintWithTasks& sprint = started->started;
    json::object answer{{"message", fmt::format("Sprint '{}' started successfully for project {}",
                                                *name, project_id)},
                        {"sprint_id", sprint.sprint.sprint_id},
                        {"assigned_tasks_count", sprint.tasks.size()}};
    if (!started->warnings.empty()) {
        answer["warnings"] = json::array(started->warnings.begin(), started->warnings.end());
    }
    co_return Response::json(201, answer);
}

asio::awaitable<Response> SprintRoutes::close(Request request) {
    const std::string id = request.param("sprint_id");
    if (!is_valid_id(id)) co_return no_sprint(id);
    auto closed = co_await use_.store.close(id, {request.trace, use_.clock.wall()});
    if (!closed) co_return refuse(of_store(closed.error()));
    use_.wake_relay();
    auto tasks = co_await use_.directory.find(id);
    if (tasks) {
        std::set<std::string> ids;
        for (const Task& task : tasks->tasks) ids.insert(task.task_id);
        co_await use_.deliveries.backlog_heard(std::move(ids), kBacklogWait);
    }
    co_return Response::json(
        200, {{"message", fmt::format("Sprint closure processed for {}.", id)},
              {"sprint_id", id},
              {"status_updated_to", text_of(closed->sprint.status)},
              {"completed_tasks_count", closed->completed},
              {"uncompleted_tasks_moved_to_backlog_count", closed->moved_to_backlog},
              {"retrospective_report_id", closed->retrospective_id}});
}

asio::awaitable<Response> SprintRoutes::run_daily_scrum(Request request) {
    const std::string id = request.param("sprint_id");
    const auto progress = request.query.find("progress");
    if (progress && *progress != "simulated") {
        co_return http::validation_error({{.type = "value_error",
                                           .loc = {"query", "progress"},
                                           .msg = "Value error, progress can only be simulated",
                                           .input = json::string(*progress)}});
    }
    if (!is_valid_id(id)) {
        co_return http::error(404, fmt::format("Active sprint {} not found.", id));
    }
    const bool simulated = progress || use_.simulated_progress;
    auto held = co_await use_.scrum.hold(
        id, simulated ? ProgressSource::kSimulated : ProgressSource::kRecorded, call_of(request));
    use_.wake_relay();
    if (!held) co_return refuse(held.error());
    co_return Response::json(
        200, {{"message", fmt::format("Daily scrum process completed for sprint {}", id)},
              {"sprint_id", id},
              {"tasks_updated_count", held->tasks_updated},
              {"report_id", held->report_id}});
}

asio::awaitable<Response> SprintRoutes::update_task(Request request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader reader(*body, errors);
    ProgressUpdate update{.status = reader.text("status", Presence::kOptional)};
    const auto progress =
        reader.integer("progress_percentage", Presence::kOptional, {.min = 0, .max = 100});
    if (progress) update.progress_percentage = static_cast<int>(*progress);
    check_status(reader, update.status);
    if (!errors.empty()) co_return http::validation_error(errors);
    if (!update.status && !update.progress_percentage) {
        co_return http::error(422, "No fields provided for update.");
    }
    const std::string id = request.param("task_id");
    if (!is_valid_id(id)) {
        co_return http::error(404, fmt::format("Task {} not found in SprintDB.", id));
    }
    auto updated = co_await use_.store.update_task(id, update, {request.trace, use_.clock.wall()});
    if (!updated) co_return refuse(of_store(updated.error()));
    use_.wake_relay();
    co_return Response::json(
        200, {{"message", fmt::format("Task {} progress updated successfully in SprintDB", id)}});
}

}  // namespace dsm::sprint

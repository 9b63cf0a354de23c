#include "services/orchestrator/app/status.hpp"

#include "libs/cron/cron.hpp"
#include "libs/rt/parallel.hpp"
#include "services/orchestrator/core/cronjob_object.hpp"
#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

const json::value* member(const json::object& object, const char* parent, const char* name) {
    const json::value* outer = object.if_contains(parent);
    return outer && outer->is_object() ? outer->get_object().if_contains(name) : nullptr;
}

json::value text_or_null(const json::value* value) {
    return value && value->is_string() ? *value : json::value(nullptr);
}

json::value next_run(const json::object& object, Instant now) {
    const json::value* schedule = member(object, "spec", "schedule");
    const json::value* zone_name = member(object, "spec", "timeZone");
    if (!schedule || !schedule->is_string()) return nullptr;
    const auto parsed = cron::Schedule::parse(std::string_view(schedule->get_string()));
    const auto zone = zone_name && zone_name->is_string()
                          ? cron::Zone::find(std::string_view(zone_name->get_string()))
                          : cron::Zone::utc();
    if (!parsed || !zone) return nullptr;
    const auto next = parsed->next(now, *zone);
    return next ? json::value(format_rfc3339(*next)) : json::value(nullptr);
}

json::object cronjob_row(const json::object& object, Instant now) {
    const json::value* suspend = member(object, "spec", "suspend");
    const bool suspended = suspend && suspend->is_bool() && suspend->get_bool();
    return {{"name", text_or_null(member(object, "metadata", "name"))},
            {"schedule", text_or_null(member(object, "spec", "schedule"))},
            {"status", suspended ? "suspended" : "active"},
            {"last_schedule_time", text_or_null(member(object, "status", "lastScheduleTime"))},
            {"next_run", suspended ? json::value(nullptr) : next_run(object, now)}};
}

void add_cronjobs(json::object& body, const ProjectId& project, const kube::ListOutcome& outcome,
                  Instant now) {
    json::array rows;
    std::string why;
    if (const auto* listed = std::get_if<kube::Listed>(&outcome)) {
        for (const json::object& object : listed->items) {
            if (belongs_to(object, project)) rows.push_back(cronjob_row(object, now));
        }
    } else if (const auto* forbidden = std::get_if<kube::Forbidden>(&outcome)) {
        why = kube::describe(*forbidden);
    } else {
        why = std::get<kube::Unknown>(outcome).why;
    }
    body["cronjobs"] = std::move(rows);
    body["cronjobs_state"] = why.empty() ? "known" : "unknown";
    if (!why.empty()) body["cronjobs_error"] = why;
}

json::object backlog_row(const BacklogSummary& backlog) {
    const auto count = [&](const char* status) {
        const auto found = backlog.status_counts.find(status);
        return found == backlog.status_counts.end() ? 0 : found->second;
    };
    return {{"total_tasks", backlog.total_tasks},
            {"unassigned", backlog.unassigned_tasks},
            {"in_progress", count("in_progress")},
            {"completed", count("completed")}};
}

}  // namespace

ProjectStatus::ProjectStatus(ProjectDirectory& projects, Backlog& backlog, SprintDirectory& sprints,
                             CronJobs& cronjobs, DecisionStore& store, const rt::Clock& clock)
    : projects_(projects),
      backlog_(backlog),
      sprints_(sprints),
      cronjobs_(cronjobs),
      store_(store),
      clock_(clock) {}

asio::awaitable<Outcome<json::object>> ProjectStatus::report(ProjectId project, Call call) {
    Outcome<Project> details = failed(503, "");
    Outcome<BacklogSummary> backlog = failed(503, "");
    Outcome<std::vector<Sprint>> sprints = failed(503, "");
    kube::ListOutcome cronjobs = kube::Unknown{"not read"};
    Result<std::vector<json::object>> decisions;
    const std::string selector =
        "app.kubernetes.io/managed-by=dsm,project=" + label_value(project.str());
    std::vector<std::function<asio::awaitable<void>()>> reads{
        [&]() -> asio::awaitable<void> { details = co_await projects_.project(project, call); },
        [&]() -> asio::awaitable<void> { backlog = co_await backlog_.summary(project, call); },
        [&]() -> asio::awaitable<void> { sprints = co_await sprints_.of_project(project, call); },
        [&]() -> asio::awaitable<void> { cronjobs = co_await cronjobs_.list(selector, call); },
        [&]() -> asio::awaitable<void> { decisions = co_await store_.recent(project, 1); }};
    co_await rt::when_all(std::move(reads));
    if (!details) co_return std::unexpected(details.error());
    if (!backlog) co_return std::unexpected(backlog.error());
    if (!sprints) co_return std::unexpected(sprints.error());

    const auto active = std::ranges::find_if(*sprints, &Sprint::active);
    const bool has_active = active != sprints->end();
    const Instant now = clock_.wall();
    json::object body{
        {"project_id", project.str()},
        {"last_analysis", format_rfc3339(now)},
        {"current_sprint", has_active ? json::value(active->id.str()) : json::value(nullptr)},
        {"sprint_status", has_active ? active->status : "no active sprint"},
        {"backlog_status", backlog_row(*backlog)}};
    add_cronjobs(body, project, cronjobs, now);
    const bool decided = decisions && !decisions->empty();
    body["last_decision"] = decided ? json::value(decisions->front()) : json::value(nullptr);
    co_return body;
}

}  // namespace dsm::orchestrator

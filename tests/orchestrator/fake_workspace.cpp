#include "tests/orchestrator/fake_workspace.hpp"

#include <boost/json.hpp>

#include "libs/base/time.hpp"
#include "libs/http/errors.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;

std::string text(const json::value& row, const char* name) {
    return std::string(row.at(name).as_string());
}

http::Response ok(const json::value& body, int status = 200) {
    return http::Response::json(status, body);
}

bool waits(const json::value& task, const std::string& project) {
    return text(task, "project_id") == project && text(task, "status") == "unassigned" &&
           task.at("sprint_id").is_null();
}

}  // namespace

FakeWorkspace::FakeWorkspace(json::value document)
    : workspace_(document.at("workspace").as_object()),
      today_(text(document, "clock").substr(0, 10)),
      project([this](const http::Request& request) { return serve_project(request); }),
      backlog([this](const http::Request& request) { return serve_backlog(request); }),
      sprint([this](const http::Request& request) { return serve_sprint(request); }) {}

std::vector<std::string> FakeWorkspace::sprints_of(std::string_view project_id) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const json::value& row : table("sprints")) {
        if (text(row, "project_id") == project_id) ids.push_back(text(row, "sprint_id"));
    }
    return ids;
}

std::string FakeWorkspace::assignee_of(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    for (const json::value& task : table("tasks")) {
        const json::value* who = task.as_object().if_contains("assigned_to");
        if (text(task, "task_id") == id && who && who->is_string())
            return text(task, "assigned_to");
    }
    return {};
}

json::array& FakeWorkspace::table(const char* name) {
    return workspace_.at(name).as_array();
}

const json::array& FakeWorkspace::table(const char* name) const {
    return workspace_.at(name).as_array();
}

const json::object* FakeWorkspace::find_project(std::string_view id) const {
    for (const json::value& row : table("projects")) {
        if (row.at("id").as_string() == id) return &row.as_object();
    }
    return nullptr;
}

http::Response FakeWorkspace::serve_project(const http::Request& request) const {
    if (request.segments.size() < 2) return ok({{"status", "ok"}});
    const std::lock_guard lock(mutex_);
    const json::object* found = find_project(request.segments[1]);
    if (!found) return http::error(404, "Project " + request.segments[1] + " not found.");
    const std::string what = request.segments.size() > 2 ? request.segments[2] : "";
    if (what == "team-members") {
        json::array members;
        for (const json::value& id : found->at("team").as_array()) {
            members.push_back({{"id", id}, {"name", "-"}, {"gender", nullptr}});
        }
        return ok({{"project_id", found->at("id")}, {"team_members", std::move(members)}});
    }
    if (what == "availability") {
        const std::string first(*request.query.find("start_date"));
        const std::string last(*request.query.find("end_date"));
        json::array conflicts;
        for (const json::value& holiday : table("holidays")) {
            const std::string date = text(holiday, "date");
            if (date < first || date > last) continue;
            conflicts.push_back({{"type", "holiday"},
                                 {"date", date},
                                 {"name", holiday.at("name")},
                                 {"details", "US Holiday: " + text(holiday, "name")}});
        }
        const char* status = conflicts.empty() ? "ok" : "conflict";
        return ok({{"status", status}, {"conflicts", std::move(conflicts)}});
    }
    json::object details = *found;
    details.erase("team");
    return ok(details);
}

http::Response FakeWorkspace::serve_backlog(const http::Request& request) const {
    if (request.segments.size() < 2) return ok({{"status", "ok"}});
    const std::lock_guard lock(mutex_);
    const std::string project_id = request.segments[1];
    std::int64_t total = 0;
    std::int64_t waiting = 0;
    json::object counts;
    for (const json::value& task : table("tasks")) {
        if (text(task, "project_id") != project_id) continue;
        ++total;
        waiting += waits(task, project_id);
        json::value& count = counts[text(task, "status")];
        count = count.is_null() ? 1 : count.as_int64() + 1;
    }
    return ok({{"project_id", project_id},
               {"total_tasks", total},
               {"status_counts", std::move(counts)},
               {"unassigned_for_sprint_count", waiting}});
}

http::Response FakeWorkspace::serve_sprint(const http::Request& request) {
    if (request.segments.size() < 2) return ok({{"status", "ok"}});
    const std::lock_guard lock(mutex_);
    if (request.method == "POST") return start_sprint(request.segments[1], request);
    if (request.segments.size() > 2 && request.segments[2] == "task-summary") {
        const auto tasks = std::ranges::count_if(table("tasks"), [&](const json::value& task) {
            return task.at("sprint_id") == json::string(request.segments[1]);
        });
        return ok({{"total_tasks", tasks}, {"completed_tasks", 0}, {"pending_tasks", tasks}});
    }
    const bool all = request.segments[1] == "active";
    json::array rows;
    for (const json::value& row : table("sprints")) {
        const bool wanted =
            all ? text(row, "status") == "in_progress"
                : request.segments.size() > 2 && text(row, "project_id") == request.segments[2];
        if (wanted) rows.push_back(row);
    }
    if (all) return ok({{"sprints", std::move(rows)}, {"continue", nullptr}});
    return ok(rows);
}

http::Response FakeWorkspace::start_sprint(const std::string& project_id,
                                           const http::Request& request) {
    const json::value body = json::parse(request.body);
    for (const json::value& row : table("sprints")) {
        if (text(row, "project_id") == project_id && text(row, "status") == "in_progress") {
            return http::error(409,
                               "A sprint is already in progress for project " + project_id + ".");
        }
    }
    const std::string name = text(body, "sprint_name");
    std::int64_t assigned = 0;
    for (json::value& task : table("tasks")) {
        if (assigned == body.at("max_tasks").as_int64() || !waits(task, project_id)) continue;
        task.as_object()["sprint_id"] = name;
        task.as_object()["status"] = "assigned_to_sprint";
        if (body.at("assign_tasks").as_bool()) task.as_object()["assigned_to"] = "E1";
        ++assigned;
    }
    const auto weeks = body.at("duration_weeks").as_int64();
    const Date start = *parse_date(today_);
    json::array& sprints = table("sprints");
    sprints.insert(sprints.begin(),
                   json::value{{"sprint_id", name},
                               {"project_id", project_id},
                               {"sprint_name", name},
                               {"start_date", today_},
                               {"end_date", format_date(start + std::chrono::days(7 * weeks))},
                               {"duration_weeks", weeks},
                               {"status", "in_progress"}});
    return ok({{"message", "started"}, {"sprint_id", name}, {"assigned_tasks_count", assigned}},
              201);
}

}  // namespace dsm::orchestrator::testing

#include "services/orchestrator/adapters/service_documents.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

const json::value* member(const json::value& value, std::string_view name) {
    return value.is_object() ? value.get_object().if_contains(name) : nullptr;
}

const json::array* array_at(const json::value& value, std::string_view name) {
    const json::value* found = member(value, name);
    return found ? found->if_array() : nullptr;
}

bool read(const json::value& value, std::string_view name, std::string& into) {
    const json::value* found = member(value, name);
    if (!found || !found->is_string()) return false;
    into = found->get_string();
    return true;
}

/// A count is never negative, and no service of ours writes it as anything but an integer.
bool read(const json::value& value, std::string_view name, std::int64_t& into) {
    const json::value* found = member(value, name);
    if (!found || !found->is_int64() || found->get_int64() < 0) return false;
    into = found->get_int64();
    return true;
}

std::optional<Sprint> parse_sprint(const json::value& value) {
    std::string id;
    std::string project;
    Sprint sprint;
    const bool complete = read(value, "sprint_id", id) && read(value, "project_id", project) &&
                          read(value, "sprint_name", sprint.name) &&
                          read(value, "start_date", sprint.start_date) &&
                          read(value, "end_date", sprint.end_date) &&
                          read(value, "duration_weeks", sprint.duration_weeks) &&
                          read(value, "status", sprint.status);
    if (!complete || id.empty()) return std::nullopt;
    sprint.id = SprintId(std::move(id));
    sprint.project_id = ProjectId(std::move(project));
    return sprint;
}

std::optional<std::vector<Sprint>> parse_sprint_array(const json::array* rows) {
    if (!rows) return std::nullopt;
    std::vector<Sprint> sprints;
    for (const json::value& row : *rows) {
        auto sprint = parse_sprint(row);
        if (!sprint) return std::nullopt;
        sprints.push_back(std::move(*sprint));
    }
    return sprints;
}

}  // namespace

std::optional<Project> parse_project(const json::value& body) {
    std::string id;
    if (!read(body, "id", id)) return std::nullopt;
    return Project{.details = body.get_object()};
}

std::optional<std::int64_t> parse_team_size(const json::value& body) {
    const json::array* members = array_at(body, "team_members");
    if (!members) return std::nullopt;
    return static_cast<std::int64_t>(members->size());
}

std::optional<Availability> parse_availability(const json::value& body) {
    Availability availability;
    const json::array* conflicts = array_at(body, "conflicts");
    if (!conflicts || !read(body, "status", availability.status)) return std::nullopt;
    for (const json::value& row : *conflicts) {
        Conflict conflict;
        const bool complete =
            read(row, "type", conflict.type) && read(row, "date", conflict.date) &&
            read(row, "name", conflict.name) && read(row, "details", conflict.details);
        if (!complete) return std::nullopt;
        availability.conflicts.push_back(std::move(conflict));
    }
    availability.body = body.get_object();
    return availability;
}

std::optional<BacklogSummary> parse_backlog_summary(const json::value& body) {
    BacklogSummary summary;
    const json::value* counts = member(body, "status_counts");
    if (!read(body, "total_tasks", summary.total_tasks) ||
        !read(body, "unassigned_for_sprint_count", summary.unassigned_tasks) || !counts ||
        !counts->is_object()) {
        return std::nullopt;
    }
    for (const auto& [status, count] : counts->get_object()) {
        if (!count.is_int64()) return std::nullopt;
        summary.status_counts.emplace(status, count.get_int64());
    }
    return summary;
}

std::optional<std::vector<Sprint>> parse_sprints(const json::value& body) {
    return parse_sprint_array(body.if_array());
}

std::optional<StartedSprint> parse_started_sprint(const json::value& body) {
    std::string id;
    StartedSprint started;
    if (!read(body, "sprint_id", id) || id.empty() ||
        !read(body, "assigned_tasks_count", started.assigned_tasks)) {
        return std::nullopt;
    }
    started.id = SprintId(std::move(id));
    if (const json::array* warnings = array_at(body, "warnings")) {
        for (const json::value& warning : *warnings) {
            if (warning.is_string()) started.warnings.emplace_back(warning.get_string());
        }
    }
    return started;
}

std::optional<std::int64_t> parse_task_count(const json::value& body) {
    std::int64_t total = 0;
    return read(body, "total_tasks", total) ? std::optional(total) : std::nullopt;
}

std::optional<SprintPage> parse_sprint_page(const json::value& body) {
    auto sprints = parse_sprint_array(array_at(body, "sprints"));
    const json::value* next = member(body, "continue");
    if (!sprints || !next || !(next->is_null() || next->is_string())) return std::nullopt;
    SprintPage page{.sprints = std::move(*sprints)};
    if (next->is_string()) page.next = next->get_string();
    return page;
}

}  // namespace dsm::orchestrator

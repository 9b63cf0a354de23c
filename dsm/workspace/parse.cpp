// From the text of a workspace file to checked rows: the rules between rows are here.
#include <algorithm>
#include <map>
#include <set>

#include "dsm/workspace/rows.hpp"
#include "dsm/workspace/workspace.hpp"
#include "libs/http/body.hpp"

namespace dsm::workspace {

namespace json = boost::json;

namespace {

using Rows = std::vector<Row>;

struct Tables {
    Rows projects, employees, holidays, pto, sprints, tasks;
};

/// Ids of every row that is in the file, also of those with another error: one mistake in a row
/// must not make every reference to it a mistake too.
std::set<std::string> ids_in(const json::object& workspace, std::string_view list,
                             std::string_view key) {
    std::set<std::string> ids;
    const auto* rows = workspace.if_contains(list);
    if (rows == nullptr || !rows->is_array()) return ids;
    for (const auto& row : rows->get_array()) {
        if (!row.is_object()) continue;
        const auto* id = row.get_object().if_contains(key);
        if (id != nullptr && id->is_string()) ids.emplace(id->get_string());
    }
    return ids;
}

class CrossCheck {
public:
    CrossCheck(const json::object& workspace, const Tables& tables, Errors& errors)
        : tables_(tables),
          projects_(ids_in(workspace, "projects", "id")),
          employees_(ids_in(workspace, "employees", "id")),
          errors_(errors) {}

    void run() {
        for (const auto& row : tables_.projects) check_team(row);
        for (const auto& row : tables_.pto) {
            must_be_in(employees_, row, "employee_id", "an employee");
            check_order(row);
        }
        for (const auto& row : tables_.sprints) {
            must_be_in(projects_, row, "project_id", "a project");
            check_order(row);
            check_one_active(row);
        }
        // Not their status, assignee and sprint: backlog-service takes any word there, so a file
        // that was exported may hold some that nobody else knows.
        for (const auto& row : tables_.tasks) {
            must_be_in(projects_, row, "project_id", "a project");
        }
    }

private:
    void say(const Row& row, std::string_view field, const std::string& what) {
        errors_.push_back(fmt::format("{}.{}: {}", row.place, field, what));
    }

    void must_be_in(const std::set<std::string>& ids, const Row& row, std::string_view field,
                    std::string_view what) {
        const auto id = maybe_text_of(row.value, field);
        if (id && !ids.contains(*id)) {
            say(row, field, fmt::format("{} is not {} of this file", *id, what));
        }
    }

    void check_team(const Row& row) {
        std::size_t index = 0;
        for (const auto& id : row.value.at("team").get_array()) {
            const std::string text(id.get_string());
            if (!employees_.contains(text)) {
                say(row, fmt::format("team[{}]", index), text + " is not an employee of this file");
            }
            ++index;
        }
    }

    void check_order(const Row& row) {
        if (text_of(row.value, "end_date") < text_of(row.value, "start_date")) {
            say(row, "end_date", "is before start_date");
        }
    }

    void check_one_active(const Row& row) {
        if (text_of(row.value, "status") != "in_progress") return;
        const auto project = text_of(row.value, "project_id");
        const auto [known, first] =
            active_of_.try_emplace(project, text_of(row.value, "sprint_id"));
        if (!first) {
            say(row, "status",
                fmt::format("{} already has the active sprint {}", project, known->second));
        }
    }

    const Tables& tables_;
    std::set<std::string> projects_;
    std::set<std::string> employees_;
    std::map<std::string, std::string> active_of_;
    Errors& errors_;
};

std::optional<Instant> read_clock(const json::object& file, Errors& errors) {
    const auto* clock = file.if_contains("clock");
    if (clock == nullptr || clock->is_null()) return std::nullopt;
    const auto instant =
        clock->is_string() ? parse_rfc3339(clock->get_string()) : std::optional<Instant>();
    if (!instant) errors.push_back("clock: must be a time like 2025-08-31T14:05:00Z");
    return instant;
}

std::vector<std::string> read_cronjobs(const json::object& file, const Rows& sprints,
                                       const CronJobNaming& naming, Errors& errors) {
    std::vector<std::string> names;
    const auto* list = file.if_contains("cronjobs");
    if (list == nullptr || list->is_null()) return names;
    if (!list->is_array()) {
        errors.push_back("cronjobs: must be a list of names");
        return names;
    }
    std::set<std::string> allowed;
    for (const auto& row : sprints) {
        if (text_of(row.value, "status") != "in_progress") continue;
        allowed.insert(naming(text_of(row.value, "project_id"), text_of(row.value, "sprint_id")));
    }
    std::size_t index = 0;
    for (const auto& item : list->get_array()) {
        const auto place = fmt::format("cronjobs[{}]", index++);
        if (!item.is_string()) {
            errors.push_back(place + ": must be a string");
            continue;
        }
        const std::string name(item.get_string());
        if (!allowed.contains(name)) {
            errors.push_back(
                fmt::format("{}: {} is not that of an active sprint of this file", place, name));
        } else if (std::ranges::find(names, name) != names.end()) {
            errors.push_back(fmt::format("{}: {} is there twice", place, name));
        } else {
            names.push_back(name);
        }
    }
    return names;
}

json::array values_of(Rows& rows) {
    json::array values;
    values.reserve(rows.size());
    for (auto& row : rows) values.push_back(std::move(row.value));
    return values;
}

std::string line_and_column(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, std::min(offset, text.size()));
    const auto line = 1 + std::ranges::count(before, '\n');
    const auto last = before.rfind('\n');
    const auto column = last == std::string_view::npos ? before.size() + 1 : before.size() - last;
    return fmt::format("line {}, column {}", line, column);
}

std::string not_json(std::string_view text, const http::FieldError& failure) {
    std::size_t offset = 0;
    if (failure.loc.size() > 1 && failure.loc[1].is_number()) {
        offset = failure.loc[1].to_number<std::size_t>();
    }
    std::string why = failure.msg;
    if (failure.ctx) {
        const auto* detail = failure.ctx->if_contains("error");
        if (detail != nullptr && detail->is_string()) why = std::string(detail->get_string());
    }
    if (offset >= text.size()) return "the file ends too early: it is not a whole JSON document";
    return fmt::format("{}: {}", line_and_column(text, offset), why);
}

}  // namespace

std::expected<Workspace, std::vector<std::string>> parse(std::string_view text,
                                                         const CronJobNaming& naming) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const auto document = http::parse_json(text);
    if (!document) return std::unexpected(Errors{not_json(text, document.error())});
    if (!document->is_object()) return std::unexpected(Errors{"the file must hold one object"});
    const auto& file = document->get_object();
    const auto* inner = file.if_contains("workspace");
    if (inner == nullptr) return std::unexpected(Errors{"workspace: is missing"});
    if (!inner->is_object()) return std::unexpected(Errors{"workspace: must be an object"});
    const auto& rows = inner->get_object();

    Errors errors;
    Workspace workspace;
    workspace.clock = read_clock(file, errors);
    Tables tables{
        .projects = read_rows(rows, projects_table(), errors),
        .employees = read_rows(rows, employees_table(), errors),
        .holidays = read_rows(rows, holidays_table(), errors),
        .pto = read_rows(rows, pto_table(), errors),
        .sprints = read_rows(rows, sprints_table(), errors),
        .tasks = read_rows(rows, tasks_table(), errors),
    };
    CrossCheck(rows, tables, errors).run();
    workspace.cronjobs = read_cronjobs(file, tables.sprints, naming, errors);
    if (!errors.empty()) return std::unexpected(std::move(errors));

    workspace.projects = values_of(tables.projects);
    workspace.employees = values_of(tables.employees);
    workspace.holidays = values_of(tables.holidays);
    workspace.pto = values_of(tables.pto);
    workspace.sprints = values_of(tables.sprints);
    workspace.tasks = values_of(tables.tasks);
    return workspace;
}

}  // namespace dsm::workspace

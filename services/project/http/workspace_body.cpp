// One function a kind of row; each reads what it can, so that all errors are reported at once.
#include "services/project/http/workspace_body.hpp"

#include <set>

#include "libs/http/body.hpp"

namespace dsm::project {
namespace {

using boost::json::value;
using http::FieldError;
using http::ObjectReader;
using http::Presence;

using Loc = std::vector<value>;

Loc at(Loc loc, const value& step) {
    loc.push_back(step);
    return loc;
}

/// Calls `read(reader)` for every element of the list `name` that is an object.
template <class Read>
void each(ObjectReader& root, std::string_view name, std::vector<FieldError>& errors, Read read) {
    const auto* list = root.array(name, Presence::kOptional);
    if (!list) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Loc loc = at(root.loc_of(name), static_cast<std::int64_t>(i));
        ObjectReader reader((*list)[i], errors, loc);
        read(reader);
    }
}

void read_project(ObjectReader& reader, std::set<std::string>& seen, ReadWorkspace& out) {
    const auto id = reader.text("id", Presence::kRequired, http::kIdRule);
    const auto name = reader.text("name", Presence::kRequired);
    const auto description = reader.text("description", Presence::kRequired);
    const auto status = reader.text("status", Presence::kRequired);
    const auto team = reader.texts("team", Presence::kOptional, http::kIdRule);
    if (id && !seen.insert(*id).second) reader.reject("id", "this project is in the list twice");
    for (std::size_t i = 0; team && i < team->size(); ++i) {
        const Loc loc = at(reader.loc_of("team"), static_cast<std::int64_t>(i));
        out.references.push_back({(*team)[i], loc});
    }
    if (!id || !name || !description || !status) return;
    out.workspace.projects.push_back(
        {{*id, *name, *description, *status}, team.value_or(std::vector<std::string>{})});
}

void read_employee(ObjectReader& reader, std::set<std::string>& seen, ReadWorkspace& out) {
    const auto id = reader.text("id", Presence::kRequired, http::kIdRule);
    const auto name = reader.text("name", Presence::kRequired, {.min_length = 1});
    Employee employee{.gender = reader.text("gender", Presence::kOptional),
                      .state = reader.text("state", Presence::kOptional),
                      .age = reader.integer("age", Presence::kOptional, {.min = 0})};
    if (id && !seen.insert(*id).second) reader.reject("id", "this employee is in the list twice");
    if (!id || !name) return;
    employee.id = *id;
    employee.name = *name;
    out.workspace.employees.push_back(std::move(employee));
}

void read_holiday(ObjectReader& reader, std::set<std::pair<Date, std::string>>& seen,
                  ReadWorkspace& out) {
    const auto date = reader.date("date", Presence::kRequired);
    const auto name = reader.text("name", Presence::kRequired, {.min_length = 1});
    const auto type = reader.text("type", Presence::kRequired);
    if (date && name && !seen.emplace(*date, *name).second) {
        reader.reject("date", "this holiday is in the list twice");
    }
    if (date && name && type) out.workspace.holidays.push_back({*date, *name, *type});
}

void read_pto(ObjectReader& reader, ReadWorkspace& out) {
    const auto employee_id = reader.text("employee_id", Presence::kRequired, http::kIdRule);
    const auto start = reader.date("start_date", Presence::kRequired);
    const auto end = reader.date("end_date", Presence::kRequired);
    const auto reason = reader.text("reason", Presence::kOptional);
    if (start && end && *end < *start) {
        reader.reject("end_date", "end_date must not be before start_date");
    }
    if (employee_id) out.references.push_back({*employee_id, reader.loc_of("employee_id")});
    if (employee_id && start && end) {
        out.workspace.pto.push_back({{}, *employee_id, *start, *end, reason});
    }
}

template <class T>
void put_if(boost::json::object& object, std::string_view name, const std::optional<T>& from) {
    if (from) object[name] = *from;
}

boost::json::array write_people(const std::vector<Employee>& employees) {
    boost::json::array rows;
    for (const Employee& employee : employees) {
        boost::json::object row{{"id", employee.id}, {"name", employee.name}};
        put_if(row, "gender", employee.gender);
        put_if(row, "state", employee.state);
        put_if(row, "age", employee.age);
        rows.push_back(std::move(row));
    }
    return rows;
}

boost::json::array write_pto(const std::vector<Pto>& entries) {
    boost::json::array rows;
    for (const Pto& pto : entries) {
        boost::json::object row{{"employee_id", pto.employee_id},
                                {"start_date", format_date(pto.start)},
                                {"end_date", format_date(pto.end)}};
        put_if(row, "reason", pto.reason);
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace

ReadWorkspace read_workspace(const value& body) {
    ReadWorkspace out;
    ObjectReader root(body, out.errors);
    std::set<std::string> projects;
    std::set<std::string> employees;
    std::set<std::pair<Date, std::string>> holidays;
    each(root, "projects", out.errors,
         [&](ObjectReader& reader) { read_project(reader, projects, out); });
    each(root, "employees", out.errors,
         [&](ObjectReader& reader) { read_employee(reader, employees, out); });
    each(root, "holidays", out.errors,
         [&](ObjectReader& reader) { read_holiday(reader, holidays, out); });
    each(root, "pto", out.errors, [&](ObjectReader& reader) { read_pto(reader, out); });
    std::erase_if(out.references, [&](const Reference& reference) {
        return employees.contains(reference.employee_id);
    });
    return out;
}

FieldError unknown_employee(const Reference& reference) {
    return {.type = "value_error",
            .loc = reference.loc,
            .msg = "Value error, there is no employee of this id",
            .input = boost::json::string(reference.employee_id)};
}

boost::json::object write_workspace(const Workspace& workspace) {
    boost::json::array projects;
    for (const auto& [project, team] : workspace.projects) {
        projects.push_back({{"id", project.id},
                            {"name", project.name},
                            {"description", project.description},
                            {"status", project.status},
                            {"team", boost::json::array(team.begin(), team.end())}});
    }
    boost::json::array holidays;
    for (const Holiday& holiday : workspace.holidays) {
        holidays.push_back(
            {{"date", format_date(holiday.date)}, {"name", holiday.name}, {"type", holiday.type}});
    }
    return {{"projects", std::move(projects)},
            {"employees", write_people(workspace.employees)},
            {"holidays", std::move(holidays)},
            {"pto", write_pto(workspace.pto)}};
}

}  // namespace dsm::project

// ON CONFLICT DO NOTHING is the same in both dialects, and the count of changed rows tells which.
#include "services/project/adapters/sql_rows.hpp"

#include "services/project/adapters/columns.hpp"

namespace dsm::project {
namespace {

bool inserts(soci::statement& insert) {
    insert.execute(true);
    return insert.get_affected_rows() > 0;
}

}  // namespace

bool insert_project(soci::session& session, const Project& project) {
    soci::statement insert =
        (session.prepare << "INSERT INTO projects (id, name, description, status) "
                            "VALUES (:id, :name, :description, :status) "
                            "ON CONFLICT (id) DO NOTHING",
         soci::use(project.id, "id"), soci::use(project.name, "name"),
         soci::use(project.description, "description"), soci::use(project.status, "status"));
    return inserts(insert);
}

bool insert_employee(soci::session& session, const Employee& employee) {
    Nullable<std::string> gender(employee.gender);
    Nullable<std::string> state(employee.state);
    Nullable<long long> age;
    if (employee.age) age = Nullable<long long>(std::optional<long long>(*employee.age));
    soci::statement insert =
        (session.prepare << "INSERT INTO employees (id, name, gender, state, age) "
                            "VALUES (:id, :name, :gender, :state, :age) "
                            "ON CONFLICT (id) DO NOTHING",
         soci::use(employee.id, "id"), soci::use(employee.name, "name"),
         soci::use(gender.value, gender.state, "gender"),
         soci::use(state.value, state.state, "state"), soci::use(age.value, age.state, "age"));
    return inserts(insert);
}

bool insert_member(soci::session& session, const std::string& project_id,
                   const std::string& employee_id) {
    soci::statement insert =
        (session.prepare << "INSERT INTO project_team (project_id, employee_id) "
                            "VALUES (:project, :employee) "
                            "ON CONFLICT (project_id, employee_id) DO NOTHING",
         soci::use(project_id, "project"), soci::use(employee_id, "employee"));
    return inserts(insert);
}

bool insert_holiday(soci::session& session, const Holiday& holiday) {
    const std::string date = format_date(holiday.date);
    soci::statement insert =
        (session.prepare << "INSERT INTO holidays (date, name, type) VALUES (:date, :name, :type) "
                            "ON CONFLICT (date, name) DO NOTHING",
         soci::use(date, "date"), soci::use(holiday.name, "name"), soci::use(holiday.type, "type"));
    return inserts(insert);
}

void insert_pto(soci::session& session, const Pto& pto) {
    const std::string start = format_date(pto.start);
    const std::string end = format_date(pto.end);
    const std::string content = content_id(pto);
    Nullable<std::string> reason(pto.reason);
    session << "INSERT INTO pto (id, employee_id, start_date, end_date, reason, content_id) "
               "VALUES (:id, :employee, :start, :end, :reason, :content)",
        soci::use(pto.id, "id"), soci::use(pto.employee_id, "employee"), soci::use(start, "start"),
        soci::use(end, "end"), soci::use(reason.value, reason.state, "reason"),
        soci::use(content, "content");
}

std::vector<Employee> select_employees(soci::session& session, const char* statement,
                                       const std::string* id) {
    Employee row;
    Nullable<std::string> gender;
    Nullable<std::string> state;
    Nullable<long long> age;
    soci::statement select(session);
    if (id) select.exchange(soci::use(*id, "id"));
    select.exchange(soci::into(row.id));
    select.exchange(soci::into(row.name));
    select.exchange(gender.into());
    select.exchange(state.into());
    select.exchange(age.into());
    select.alloc();
    select.prepare(statement);
    select.define_and_bind();
    select.execute();
    std::vector<Employee> employees;
    while (select.fetch()) {
        row.gender = gender.get();
        row.state = state.get();
        row.age = age.get();
        employees.push_back(row);
    }
    return employees;
}

std::vector<Holiday> select_holidays(soci::session& session) {
    std::string date;
    Holiday row;
    soci::statement select =
        (session.prepare << "SELECT date, name, type FROM holidays ORDER BY date, name",
         soci::into(date), soci::into(row.name), soci::into(row.type));
    std::vector<Holiday> holidays;
    select.execute();
    while (select.fetch()) {
        row.date = stored_date(date);
        holidays.push_back(row);
    }
    return holidays;
}

}  // namespace dsm::project

// The `active` column exists for those who leave; nothing sets it to 0 yet.
#include "services/project/adapters/sql_people_store.hpp"

#include "services/project/adapters/columns.hpp"
#include "services/project/adapters/sql_rows.hpp"

namespace dsm::project {

namespace asio = boost::asio;

namespace {

constexpr const char* kFindEmployee =
    "SELECT e.id, e.name, e.gender, e.state, e.age FROM employees e WHERE e.id = :id";
constexpr const char* kTeam =
    "SELECT e.id, e.name, e.gender, e.state, e.age FROM employees e "
    "JOIN project_team t ON t.employee_id = e.id WHERE t.project_id = :id ORDER BY e.id";
constexpr const char* kActive =
    "SELECT e.id, e.name, e.gender, e.state, e.age FROM employees e WHERE e.active = 1 "
    "ORDER BY e.id";

std::vector<std::string> projects_of(soci::session& session, const std::string& employee_id) {
    std::string project_id;
    soci::statement select = (session.prepare << "SELECT project_id FROM project_team "
                                                 "WHERE employee_id = :id ORDER BY project_id",
                              soci::use(employee_id, "id"), soci::into(project_id));
    std::vector<std::string> projects;
    select.execute();
    while (select.fetch()) projects.push_back(project_id);
    return projects;
}

}  // namespace

asio::awaitable<Result<Employee>> SqlPeopleStore::add(Employee employee) {
    co_return co_await database_->write([employee](soci::session& session) -> Result<Employee> {
        insert_employee(session, employee);
        return select_employees(session, kFindEmployee, &employee.id).at(0);
    });
}

asio::awaitable<Result<EmployeeProfile>> SqlPeopleStore::find(std::string id) {
    co_return co_await database_->read([id](soci::session& session) -> Result<EmployeeProfile> {
        auto found = select_employees(session, kFindEmployee, &id);
        if (found.empty()) return fail(ErrorCode::kNotFound, "Employee not found");
        int active = 0;
        session << "SELECT active FROM employees WHERE id = :id", soci::use(id, "id"),
            soci::into(active);
        return EmployeeProfile{found[0], active == 1, projects_of(session, id)};
    });
}

asio::awaitable<Result<std::vector<Employee>>> SqlPeopleStore::list_active() {
    co_return co_await database_->read([](soci::session& session) -> Result<std::vector<Employee>> {
        return select_employees(session, kActive, nullptr);
    });
}

asio::awaitable<Result<std::vector<Employee>>> SqlPeopleStore::team(std::string project_id) {
    co_return co_await database_->read(
        [project_id](soci::session& session) -> Result<std::vector<Employee>> {
            if (!exists(session, kProjectExists, project_id)) {
                return fail(ErrorCode::kNotFound, "Project " + project_id + " not found.");
            }
            return select_employees(session, kTeam, &project_id);
        });
}

asio::awaitable<Result<Assignment>> SqlPeopleStore::assign(std::string project_id,
                                                           std::vector<std::string> employee_ids) {
    co_return co_await database_->write(
        [project_id, employee_ids](soci::session& session) -> Result<Assignment> {
            if (!exists(session, kProjectExists, project_id)) return Assignment::kNoProject;
            for (const std::string& id : employee_ids) {
                if (!exists(session, "SELECT 1 FROM employees WHERE id = :id", id)) {
                    return Assignment::kNoEmployee;
                }
            }
            for (const std::string& id : employee_ids) insert_member(session, project_id, id);
            return Assignment::kDone;
        });
}

}  // namespace dsm::project

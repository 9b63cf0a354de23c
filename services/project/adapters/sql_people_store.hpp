// Employees and teams in the service's database.
#pragma once

#include "services/project/adapters/project_database.hpp"
#include "services/project/app/people_store.hpp"

namespace dsm::project {

class SqlPeopleStore final : public PeopleStore {
public:
    explicit SqlPeopleStore(const ProjectDatabase& database) : database_(database) {}

    boost::asio::awaitable<Result<Employee>> add(Employee employee) override;
    boost::asio::awaitable<Result<EmployeeProfile>> find(std::string id) override;
    boost::asio::awaitable<Result<std::vector<Employee>>> list_active() override;
    boost::asio::awaitable<Result<std::vector<Employee>>> team(std::string project_id) override;
    boost::asio::awaitable<Result<Assignment>> assign(
        std::string project_id, std::vector<std::string> employee_ids) override;

private:
    const ProjectDatabase& database_;
};

}  // namespace dsm::project

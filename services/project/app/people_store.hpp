// The employees and the teams they are in, as the routes need them kept.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "services/project/core/project.hpp"

namespace dsm::project {

struct EmployeeProfile {
    Employee employee;
    bool active = true;
    std::vector<std::string> projects;  ///< by id
};

enum class Assignment { kDone, kNoProject, kNoEmployee };

/// Failures beside those named: kUnavailable and kUnknown of the database.
class PeopleStore {
public:
    virtual ~PeopleStore() = default;

    /// What is stored after it: an employee of that id is kept as it is.
    virtual boost::asio::awaitable<Result<Employee>> add(Employee employee) = 0;
    /// kNotFound.
    virtual boost::asio::awaitable<Result<EmployeeProfile>> find(std::string id) = 0;
    /// By id, active ones only.
    virtual boost::asio::awaitable<Result<std::vector<Employee>>> list_active() = 0;
    /// By id. kNotFound: no such project.
    virtual boost::asio::awaitable<Result<std::vector<Employee>>> team(std::string project_id) = 0;
    /// Adds them all or none; who is in the team stays in it.
    virtual boost::asio::awaitable<Result<Assignment>> assign(
        std::string project_id, std::vector<std::string> employee_ids) = 0;
};

}  // namespace dsm::project

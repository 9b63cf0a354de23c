// Reads and writes single rows for more than one of the SQL adapters. Everything throws SOCI's
// errors and runs inside the caller's transaction.
#pragma once

#include <string>
#include <vector>

#include "services/project/core/project.hpp"

namespace soci {
class session;
}

namespace dsm::project {

/// False when a row of that key is there: it is kept as it is.
bool insert_project(soci::session& session, const Project& project);
bool insert_employee(soci::session& session, const Employee& employee);
bool insert_member(soci::session& session, const std::string& project_id,
                   const std::string& employee_id);
bool insert_holiday(soci::session& session, const Holiday& holiday);

void insert_pto(soci::session& session, const Pto& pto);

/// `statement` selects id, name, gender, state, age, and has `:id` exactly when `id` is given.
std::vector<Employee> select_employees(soci::session& session, const char* statement,
                                       const std::string* id);

/// By date, then name.
std::vector<Holiday> select_holidays(soci::session& session);

}  // namespace dsm::project

// Reads and writes project-service's part of the workspace file (contract section 12). Pure.
#pragma once

#include <vector>

#include "libs/http/errors.hpp"
#include "services/project/app/workspace_store.hpp"

namespace dsm::project {

/// An employee who is named at `loc` and is not among the employees of the same file.
struct Reference {
    std::string employee_id;
    std::vector<boost::json::value> loc;
};

struct ReadWorkspace {
    Workspace workspace;
    std::vector<Reference> references;     ///< to be found in the store
    std::vector<http::FieldError> errors;  ///< every one, with its place
};

/// `body` is an object. Lists that are absent are empty. A key twice in one list is an error,
/// except time off, which has none.
ReadWorkspace read_workspace(const boost::json::value& body);

/// The error of a reference that nobody knows.
http::FieldError unknown_employee(const Reference& reference);

/// Exactly projects, employees, holidays, pto; absent optional values are left out.
boost::json::object write_workspace(const Workspace& workspace);

}  // namespace dsm::project

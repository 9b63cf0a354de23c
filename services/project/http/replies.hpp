// Turns values and failures of project-service into answers of the contract.
#pragma once

#include <string>

#include "libs/http/errors.hpp"
#include "services/project/app/people_store.hpp"
#include "services/project/core/availability.hpp"

namespace dsm::project {

/// What the caller may know of a failure: what is not found or in conflict in the contract's words,
/// and of the database only that it is not there (the rest goes to the log).
http::Response refuse(const Error& failure);

/// 404 "Project {id} not found."
http::Response no_project(const std::string& id);

boost::json::object to_json(const Project& project);
boost::json::object to_json(const Employee& employee);
boost::json::object to_json(const Holiday& holiday);
boost::json::object to_json(const Pto& pto);
boost::json::object to_json(const Conflict& conflict);

/// The value, or null.
template <class T>
boost::json::value or_null(const std::optional<T>& value) {
    return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

template <class T>
boost::json::array to_array(const std::vector<T>& rows) {
    boost::json::array array;
    array.reserve(rows.size());
    for (const T& row : rows) array.push_back(to_json(row));
    return array;
}

}  // namespace dsm::project

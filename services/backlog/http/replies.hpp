// Turns values and failures of backlog-service into answers of the contract, and requests' tasks
// into values.
#pragma once

#include "libs/http/body.hpp"
#include "services/backlog/core/task.hpp"

namespace dsm::backlog {

/// What the caller may know of a failure: what is not found in the contract's words, and of the
/// database only that it is not there (the rest goes to the log).
http::Response refuse(const Error& failure);

boost::json::object to_json(const Task& task);
boost::json::object to_json(const Summary& summary);

template <class T>
boost::json::array to_array(const std::vector<T>& rows) {
    boost::json::array array;
    array.reserve(rows.size());
    for (const T& row : rows) array.push_back(to_json(row));
    return array;
}

/// Calls `read(reader)` for every element of `root`'s list `name`; one that is no object is an
/// error at its place.
void for_each_object(http::ObjectReader& root, std::string_view name, http::Presence presence,
                     std::vector<http::FieldError>& errors,
                     const std::function<void(http::ObjectReader&)>& read);

}  // namespace dsm::backlog

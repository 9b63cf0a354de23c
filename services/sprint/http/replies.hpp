// Turns failures and values of sprint-service into answers of the contract.
#pragma once

#include <string>
#include <vector>

#include "libs/http/errors.hpp"
#include "services/sprint/app/failure.hpp"
#include "services/sprint/core/documents.hpp"

namespace dsm::sprint {

/// kNotFound 404, kConflict 409, kInvalid 422, kUnavailable 503, kBadAnswer 502.
http::Response refuse(const Failure& failure);

/// 404 for an id that no stored id can equal, in the same words as for one that is not stored.
http::Response no_sprint(const std::string& id);

boost::json::array to_array(const std::vector<Sprint>& sprints);
boost::json::array to_array(const std::vector<Task>& tasks, const std::string& sprint_id);

}  // namespace dsm::sprint

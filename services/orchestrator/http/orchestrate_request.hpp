// Reads POST /orchestrate/project/{project_id}: path, query, headers and body into a Wish.
#pragma once

#include <expected>

#include "libs/http/message.hpp"
#include "services/orchestrator/app/flights.hpp"

namespace dsm::orchestrator {

/// The Wish, or the 422 with every error (contract section 2.1).
std::expected<Wish, http::Response> read_wish(const http::Request& request);

/// `value` with the members of every object sorted: equal values have equal text.
std::string canonical_text(const boost::json::value& value);

}  // namespace dsm::orchestrator

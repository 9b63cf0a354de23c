// Reads the body of POST daily_scrum_report into a note (contract section 6).
#pragma once

#include <vector>

#include "libs/http/body.hpp"
#include "services/chronicle/core/note.hpp"

namespace dsm::chronicle {

/// The note without its source id; `errors` gets everything that is wrong. Each employee's entry is
/// kept with `employee_id`, whether it came as that or as `assigned_to`: what can be written must
/// be readable under one name.
Note read_daily_report(http::ObjectReader& body, std::vector<http::FieldError>& errors,
                       Instant now);

}  // namespace dsm::chronicle

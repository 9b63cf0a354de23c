// Several daily scrum notes as the one report that a reader asks for. Pure.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "services/chronicle/core/note.hpp"

namespace dsm::chronicle {

/// The body of GET daily_scrum_report (contract section 6) from at least one note, newest first.
/// Newest first all through: dates, and within a date the employees and their tasks, in the order
/// in which each note has them. One entry an employee and date; a task that two notes give in the
/// same words is there once. With `date`, a note that reports on that day gives this day only; one
/// that was found by its report_date gives all it has.
boost::json::object merge_reports(const std::vector<StoredNote>& newest_first,
                                  const std::optional<std::string>& date);

}  // namespace dsm::chronicle

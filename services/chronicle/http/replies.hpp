// What the routes of chronicle-service share: failures, filters, and a note's source.
#pragma once

#include <optional>
#include <string>

#include "libs/http/body.hpp"
#include "libs/http/errors.hpp"
#include "services/chronicle/app/note_store.hpp"

namespace dsm::chronicle {

/// What the caller may know of a failure: a conflict in our words, and of the database only that it
/// is not there (the rest goes to the log).
http::Response refuse(const Error& failure);

boost::json::value text_or_null(const std::optional<std::string>& text);
boost::json::value date_or_null(const std::optional<Date>& date);
boost::json::value number_or_null(const std::optional<std::int64_t>& number);

/// The note's source id (see service.hpp): the field `field` of the body, else the header
/// `Idempotency-Key`. An unusable one is added to `errors`.
std::optional<std::string> read_source(const http::Request& request, http::ObjectReader& body,
                                       std::string_view field,
                                       std::vector<http::FieldError>& errors);

/// `?sprint_id&project_id&limit`, which every list of notes takes.
struct ListQuery {
    std::optional<std::string> project_id;
    std::optional<std::string> sprint_id;
    std::optional<std::int64_t> limit;
};
ListQuery read_list_query(http::QueryReader& query);

/// False when a filter is no valid id, so that no stored id can equal it.
bool can_match(const ListQuery& query);

/// `end_date` before `start_date` is a `value_error` at `end_date`.
struct SprintDates {
    std::optional<Date> start;
    std::optional<Date> end;
};
SprintDates read_sprint_dates(http::ObjectReader& body);

}  // namespace dsm::chronicle

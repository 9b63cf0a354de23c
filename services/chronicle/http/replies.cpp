// Shared reading and answering of chronicle-service's routes.
#include "services/chronicle/http/replies.hpp"

#include "libs/base/identifier.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::chronicle {
namespace {

namespace json = boost::json;
using http::Presence;

constexpr http::TextRule kSourceRule{.min_length = 1, .max_length = 255};

}  // namespace

http::Response refuse(const Error& failure) {
    if (failure.code == ErrorCode::kConflict) return http::error(failure);
    telemetry::log(telemetry::Level::kError, "chronicle-service", "database_failed",
                   {{"code", name_of(failure.code)}, {"error", failure.message}});
    return http::database_unavailable(failure);
}

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::value date_or_null(const std::optional<Date>& date) {
    return date ? json::value(format_date(*date)) : json::value(nullptr);
}

json::value number_or_null(const std::optional<std::int64_t>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

std::optional<std::string> read_source(const http::Request& request, http::ObjectReader& body,
                                       std::string_view field,
                                       std::vector<http::FieldError>& errors) {
    const bool given = body.has(field) && !body.is_null(field);
    if (given) return body.text(field, Presence::kOptional, kSourceRule);
    const auto header = request.headers.find("Idempotency-Key");
    if (!header || header->empty()) return std::nullopt;
    const std::string key(*header);
    if (!is_valid_utf8(key) || count_characters(key) > kSourceRule.max_length) {
        errors.push_back({"string_too_long",
                          {"header", "Idempotency-Key"},
                          "String should have at most 255 characters",
                          nullptr,
                          json::object{{"max_length", kSourceRule.max_length}}});
        return std::nullopt;
    }
    return key;
}

ListQuery read_list_query(http::QueryReader& query) {
    ListQuery read;
    read.project_id = query.text("project_id", Presence::kOptional);
    read.sprint_id = query.text("sprint_id", Presence::kOptional);
    read.limit = query.limit();
    return read;
}

bool can_match(const ListQuery& query) {
    return is_valid_id(query.project_id.value_or("any")) &&
           is_valid_id(query.sprint_id.value_or("any"));
}

SprintDates read_sprint_dates(http::ObjectReader& body) {
    const SprintDates dates{body.date("start_date", Presence::kOptional),
                            body.date("end_date", Presence::kOptional)};
    if (dates.start && dates.end && *dates.end < *dates.start) {
        body.reject("end_date", "end_date must not be before start_date");
    }
    return dates;
}

}  // namespace dsm::chronicle

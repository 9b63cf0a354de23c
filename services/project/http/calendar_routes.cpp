// Dates in, dates out; the rule of availability itself is in core/availability.
#include "services/project/http/calendar_routes.hpp"

#include "libs/base/identifier.hpp"
#include "libs/http/body.hpp"
#include "services/project/http/replies.hpp"

namespace dsm::project {

namespace asio = boost::asio;
using http::Presence;
using http::Request;
using http::Response;

namespace {

/// Of a holiday whose caller names none: the calendar began as that of US federal holidays.
constexpr const char* kDefaultType = "Federal";

http::FieldError end_before_start(const char* where, const std::optional<Date>& end) {
    return {.type = "value_error",
            .loc = {where, "end_date"},
            .msg = "Value error, end_date must not be before start_date",
            .input = boost::json::string(format_date(*end))};
}

}  // namespace

void CalendarRoutes::add_to(http::Router& router) {
    router.add("GET", "/calendar/holidays", [this](Request r) { return holidays(std::move(r)); });
    router.add("POST", "/calendar/holidays",
               [this](Request r) { return add_holiday(std::move(r)); });
    router.add("DELETE", "/calendar/holidays/{date}",
               [this](Request r) { return remove_holidays(std::move(r)); });
    router.add("GET", "/projects/{project_id}/calendar/pto",
               [this](Request r) { return time_off(std::move(r)); });
    router.add("POST", "/projects/{project_id}/calendar/pto",
               [this](Request r) { return add_time_off(std::move(r)); });
    router.add("DELETE", "/projects/{project_id}/calendar/pto/{pto_id}",
               [this](Request r) { return remove_time_off(std::move(r)); });
    router.add("GET", "/projects/{project_id}/availability/check",
               [this](Request r) { return check(std::move(r)); });
}

asio::awaitable<Response> CalendarRoutes::holidays(Request) {
    const auto stored = co_await store_.holidays();
    if (!stored) co_return refuse(stored.error());
    co_return Response::json(200, to_array(*stored));
}

asio::awaitable<Response> CalendarRoutes::add_holiday(Request request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader reader(*body, errors);
    const auto date = reader.date("holiday_date", Presence::kRequired);
    const auto name = reader.text("holiday_name", Presence::kRequired, {.min_length = 1});
    const auto type = reader.text("type", Presence::kOptional);
    if (!errors.empty()) co_return http::validation_error(errors);

    const auto stored = co_await store_.add_holiday({*date, *name, type.value_or(kDefaultType)});
    if (!stored) co_return refuse(stored.error());
    co_return Response::json(201, to_json(*stored));
}

asio::awaitable<Response> CalendarRoutes::remove_holidays(Request request) {
    const std::string& text = request.param("date");
    const auto date = parse_date(text);
    if (!date) co_return http::error(404, "Holiday " + text + " not found.");

    const auto removed = co_await store_.remove_holidays(*date);
    if (!removed) co_return refuse(removed.error());
    co_return Response::json(200,
                             {{"message", "Holiday deleted successfully"}, {"holiday_date", text}});
}

asio::awaitable<Response> CalendarRoutes::time_off(Request request) {
    const std::string& id = request.param("project_id");
    if (!is_valid_id(id)) co_return no_project(id);

    const auto stored = co_await store_.time_off(id);
    if (!stored) co_return refuse(stored.error());
    co_return Response::json(200, to_array(*stored));
}

asio::awaitable<Response> CalendarRoutes::add_time_off(Request request) {
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    const auto employee_id = query.text("employee_id", Presence::kRequired);
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    http::ObjectReader reader(*body, errors);
    const auto start = reader.date("start_date", Presence::kRequired);
    const auto end = reader.date("end_date", Presence::kRequired);
    const auto reason = reader.text("reason", Presence::kOptional);
    if (start && end && *end < *start) errors.push_back(end_before_start("body", end));
    if (!errors.empty()) co_return http::validation_error(errors);

    const std::string& project_id = request.param("project_id");
    if (!is_valid_id(project_id) || !is_valid_id(*employee_id)) {
        co_return http::error(
            404, "Employee " + *employee_id + " not assigned to project " + project_id);
    }
    const Pto pto{random_.uuid(), *employee_id, *start, *end, reason};
    const auto added = co_await store_.add_time_off(project_id, pto);
    if (!added) co_return refuse(added.error());
    co_return Response::json(201, to_json(pto));
}

asio::awaitable<Response> CalendarRoutes::remove_time_off(Request request) {
    const std::string& project_id = request.param("project_id");
    const std::string& id = request.param("pto_id");
    if (!is_valid_id(project_id) || !is_valid_id(id)) {
        co_return http::error(404, "PTO entry " + id + " not found for project " + project_id);
    }

    const auto removed = co_await store_.remove_time_off(project_id, id);
    if (!removed) co_return refuse(removed.error());
    co_return Response::json(200, {{"message", "PTO entry deleted successfully"}, {"pto_id", id}});
}

asio::awaitable<Response> CalendarRoutes::check(Request request) {
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    const auto start = query.date("start_date", Presence::kRequired);
    const auto end = query.date("end_date", Presence::kRequired);
    if (start && end && *end < *start) errors.push_back(end_before_start("query", end));
    if (!errors.empty()) co_return http::validation_error(errors);
    const std::string& id = request.param("project_id");
    if (!is_valid_id(id)) co_return no_project(id);

    const Window window{*start, *end};
    auto days = co_await store_.days_off(id, window);
    if (!days) co_return refuse(days.error());
    const auto conflicts =
        find_conflicts(window, std::move(days->holidays), std::move(days->time_off));
    co_return Response::json(200, {{"status", conflicts.empty() ? "ok" : "conflict"},
                                   {"conflicts", to_array(conflicts)}});
}

}  // namespace dsm::project

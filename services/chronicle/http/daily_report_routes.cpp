// Daily scrum reports on the wire.
#include "services/chronicle/http/daily_report_routes.hpp"

#include "services/chronicle/core/report_merge.hpp"
#include "services/chronicle/http/daily_report_body.hpp"
#include "services/chronicle/http/replies.hpp"

namespace dsm::chronicle {

namespace asio = boost::asio;
using http::Presence;
using http::Request;
using http::Response;

namespace {

constexpr const char* kPath = "/v1/notes/daily_scrum_report";

/// `include=decisions`, also as one word of a list with commas.
Decisions read_include(const http::Query& query) {
    for (std::string_view list : query.find_all("include")) {
        while (!list.empty()) {
            const auto comma = list.find(',');
            if (list.substr(0, comma) == "decisions") return Decisions::kIncluded;
            list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        }
    }
    return Decisions::kLeftOut;
}

}  // namespace

void DailyReportRoutes::add_to(http::Router& router) {
    router.add("POST", kPath, [this](Request r) { return create(std::move(r)); });
    router.add("GET", kPath, [this](Request r) { return read(std::move(r)); });
}

asio::awaitable<Response> DailyReportRoutes::create(Request request) {
    const auto given = http::read_body(request, Presence::kRequired);
    if (!given) co_return given.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader body(*given, errors);
    auto source = read_source(request, body, "event_id", errors);
    auto note = errors.empty() ? read_daily_report(body, errors, clock_.wall()) : Note{};
    if (!errors.empty()) co_return http::validation_error(errors);
    note.source_id = std::move(source);
    auto id = co_await store_.add(std::move(note), random_.uuid(), clock_.wall());
    if (!id) co_return refuse(id.error());
    co_return Response::json(
        201, {{"message", "Daily scrum report recorded successfully"}, {"note_id", *id}});
}

asio::awaitable<Response> DailyReportRoutes::read(Request request) {
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    const auto list = read_list_query(query);
    const auto date = query.date("daily_scrum_date", Presence::kOptional);
    if (!errors.empty()) co_return http::validation_error(errors);

    NoteFilter filter{.type = NoteType::kDailyScrumReport,
                      .project_id = list.project_id,
                      .sprint_id = list.sprint_id,
                      .decisions = read_include(request.query),
                      .limit = list.limit};
    if (date) filter.date = format_date(*date);
    Result<std::vector<StoredNote>> notes;
    if (can_match(list)) notes = co_await store_.find(filter);
    if (!notes) co_return refuse(notes.error());
    if (notes->empty()) {
        co_return http::error(404, "No daily scrum reports found for the given criteria.");
    }
    co_return Response::json(200, merge_reports(*notes, filter.date));
}

}  // namespace dsm::chronicle

// Sprint planning notes on the wire.
#include "services/chronicle/http/planning_routes.hpp"

#include "services/chronicle/http/replies.hpp"

namespace dsm::chronicle {

namespace asio = boost::asio;
namespace json = boost::json;
using http::Presence;
using http::Request;
using http::Response;

namespace {

constexpr const char* kPath = "/v1/notes/sprint_planning";

Note read_planning_note(http::ObjectReader& body, Instant now) {
    Note note{.type = NoteType::kSprintPlanning, .at = now};
    note.project_id = body.text("project_id", Presence::kRequired, http::kIdRule).value_or("");
    note.sprint_id = body.text("sprint_id", Presence::kRequired, http::kIdRule);
    const auto goal = body.text("sprint_goal", Presence::kRequired);
    const auto tasks = body.texts("planned_tasks", Presence::kRequired);
    const auto name = body.text("sprint_name", Presence::kOptional);
    const auto dates = read_sprint_dates(body);
    const auto weeks = body.integer("duration_weeks", Presence::kOptional);
    const std::vector<std::string> planned = tasks.value_or(std::vector<std::string>{});
    note.data = json::serialize(
        json::object{{"sprint_name", text_or_null(name)},
                     {"sprint_goal", text_or_null(goal)},
                     {"start_date", date_or_null(dates.start)},
                     {"end_date", date_or_null(dates.end)},
                     {"duration_weeks", number_or_null(weeks)},
                     {"planned_tasks", json::array(planned.begin(), planned.end())}});
    return note;
}

json::object to_json(const StoredNote& stored) {
    json::object body{{"note_id", stored.id},
                      {"project_id", stored.note.project_id},
                      {"sprint_id", text_or_null(stored.note.sprint_id)}};
    const auto data = json::parse(stored.note.data);
    for (const auto& [name, value] : data.as_object()) body[name] = value;
    body["created_at"] = format_rfc3339(stored.created_at);
    return body;
}

}  // namespace

void PlanningRoutes::add_to(http::Router& router) {
    router.add("POST", kPath, [this](Request r) { return create(std::move(r)); });
    router.add("GET", kPath, [this](Request r) { return list(std::move(r)); });
}

asio::awaitable<Response> PlanningRoutes::create(Request request) {
    const auto given = http::read_body(request, Presence::kRequired);
    if (!given) co_return given.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader body(*given, errors);
    auto note = read_planning_note(body, clock_.wall());
    note.source_id = read_source(request, body, "event_id", errors);
    if (!errors.empty()) co_return http::validation_error(errors);
    auto id = co_await store_.add(std::move(note), random_.uuid(), clock_.wall());
    if (!id) co_return refuse(id.error());
    co_return Response::json(
        201, {{"message", "Sprint planning note recorded successfully"}, {"note_id", *id}});
}

asio::awaitable<Response> PlanningRoutes::list(Request request) {
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    const auto list = read_list_query(query);
    if (!errors.empty()) co_return http::validation_error(errors);
    NoteFilter filter{.type = NoteType::kSprintPlanning,
                      .project_id = list.project_id,
                      .sprint_id = list.sprint_id,
                      .limit = list.limit};
    Result<std::vector<StoredNote>> notes;
    if (can_match(list)) notes = co_await store_.find(std::move(filter));
    if (!notes) co_return refuse(notes.error());
    json::array body;
    for (const auto& note : *notes) body.push_back(to_json(note));
    co_return Response::json(200, body);
}

}  // namespace dsm::chronicle

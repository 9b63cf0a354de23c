// Sprint retrospectives on the wire.
#include "services/chronicle/http/retrospective_routes.hpp"

#include "libs/base/identifier.hpp"
#include "services/chronicle/http/replies.hpp"

namespace dsm::chronicle {

namespace asio = boost::asio;
namespace json = boost::json;
using http::ObjectReader;
using http::Presence;
using http::Request;
using http::Response;
using Errors = std::vector<http::FieldError>;

namespace {

constexpr const char* kPath = "/v1/notes/sprint_retrospective";

std::vector<json::value> place_of(const ObjectReader& body, const char* list, std::size_t index) {
    auto place = body.loc_of(list);
    place.emplace_back(index);
    return place;
}

std::vector<ActionItem> read_action_items(ObjectReader& body, Errors& errors) {
    std::vector<ActionItem> items;
    const auto* list = body.array("action_items", Presence::kOptional);
    if (list == nullptr) return items;
    for (std::size_t i = 0; i < list->size(); ++i) {
        ObjectReader item((*list)[i], errors, place_of(body, "action_items", i));
        auto description = item.text("description", Presence::kRequired);
        auto status = item.text("status", Presence::kOptional);
        items.push_back({description.value_or(""), status.value_or("open")});
    }
    return items;
}

json::array read_tasks_summary(ObjectReader& body, Errors& errors) {
    json::array tasks;
    const auto* list = body.array("tasks_summary", Presence::kOptional);
    if (list == nullptr) return tasks;
    for (std::size_t i = 0; i < list->size(); ++i) {
        ObjectReader task((*list)[i], errors, place_of(body, "tasks_summary", i));
        json::object read;
        for (const auto* name : {"description", "status", "task_id", "employee_id"}) {
            read[name] = text_or_null(task.text(name, Presence::kOptional));
        }
        read["progress_percentage"] =
            number_or_null(task.integer("progress_percentage", Presence::kOptional));
        tasks.push_back(std::move(read));
    }
    return tasks;
}

Retrospective read_retrospective(ObjectReader& body, Errors& errors) {
    Retrospective read;
    read.sprint_id = body.text("sprint_id", Presence::kRequired, http::kIdRule).value_or("");
    read.project_id = body.text("project_id", Presence::kRequired, http::kIdRule).value_or("");
    json::object data;
    data["sprint_name"] = text_or_null(body.text("sprint_name", Presence::kOptional));
    const auto dates = read_sprint_dates(body);
    data["start_date"] = date_or_null(dates.start);
    data["end_date"] = date_or_null(dates.end);
    data["duration_weeks"] = number_or_null(body.integer("duration_weeks", Presence::kOptional));
    for (const auto* name : {"what_went_well", "what_could_be_improved", "facilitator_id"}) {
        data[name] = text_or_null(body.text(name, Presence::kOptional));
    }
    data["tasks_summary"] = read_tasks_summary(body, errors);
    read.action_items = read_action_items(body, errors);
    read.attendees =
        body.texts("attendees", Presence::kOptional).value_or(std::vector<std::string>{});
    read.data = json::serialize(data);
    return read;
}

json::object to_json(const StoredRetrospective& stored) {
    const auto& kept = stored.retrospective;
    json::object body{{"retrospective_id", stored.id},
                      {"sprint_id", kept.sprint_id},
                      {"project_id", kept.project_id}};
    const auto data = json::parse(kept.data);
    for (const auto& [name, value] : data.as_object()) body[name] = value;
    json::array items;
    for (const auto& item : kept.action_items) {
        items.push_back({{"description", item.description}, {"status", item.status}});
    }
    body["action_items"] = std::move(items);
    body["attendees"] = json::array(kept.attendees.begin(), kept.attendees.end());
    body["created_at"] = format_rfc3339(stored.created_at);
    return body;
}

}  // namespace

void RetrospectiveRoutes::add_to(http::Router& router) {
    router.add("POST", kPath, [this](Request r) { return create(std::move(r)); });
    router.add("GET", kPath, [this](Request r) { return list(std::move(r)); });
}

asio::awaitable<Response> RetrospectiveRoutes::create(Request request) {
    const auto given = http::read_body(request, Presence::kRequired);
    if (!given) co_return given.error();
    Errors errors;
    ObjectReader body(*given, errors);
    auto retrospective = read_retrospective(body, errors);
    retrospective.source_id = read_source(request, body, "event_id", errors);
    if (!errors.empty()) co_return http::validation_error(errors);
    // Who closes a sprint names its retrospective before it is here, so it keeps the name it has.
    const auto& source = retrospective.source_id;
    std::string name = source && is_valid_id(*source) ? *source : random_.uuid();
    auto id = co_await store_.add(std::move(retrospective), std::move(name), clock_.wall());
    if (!id) co_return refuse(id.error());
    co_return Response::json(201, {{"message", "Sprint retrospective recorded successfully"},
                                   {"retrospective_id", *id}});
}

asio::awaitable<Response> RetrospectiveRoutes::list(Request request) {
    Errors errors;
    http::QueryReader query(request.query, errors);
    const auto list = read_list_query(query);
    if (!errors.empty()) co_return http::validation_error(errors);
    RetrospectiveFilter filter{list.project_id, list.sprint_id, list.limit};
    Result<std::vector<StoredRetrospective>> found;
    if (can_match(list)) found = co_await store_.find(std::move(filter));
    if (!found) co_return refuse(found.error());
    if (found->empty()) {
        co_return http::error(404, "No sprint retrospective notes found for the given criteria.");
    }
    json::array body;
    for (const auto& retrospective : *found) body.push_back(to_json(retrospective));
    co_return Response::json(200, body);
}

}  // namespace dsm::chronicle

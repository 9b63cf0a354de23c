// Three of the refusals here are plain sentences where the others are lists: clients match on them.
#include "services/project/http/people_routes.hpp"

#include "libs/base/identifier.hpp"
#include "libs/http/body.hpp"
#include "services/project/http/replies.hpp"

namespace dsm::project {

namespace asio = boost::asio;
using http::Presence;
using http::Request;
using http::Response;

namespace {

constexpr const char* kNoEmployee = "Employee not found";

bool is_absent_or_empty(const boost::json::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    return !value || value->is_null() || (value->is_string() && value->get_string().empty());
}

std::expected<std::vector<std::string>, Response> read_employee_ids(const Request& request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) return std::unexpected(body.error());
    const auto* list = body->get_object().if_contains("employee_ids");
    if (!list || !list->is_array()) {
        return std::unexpected(http::error(422, "'employee_ids' must be a list."));
    }
    std::vector<std::string> ids;
    for (const auto& id : list->get_array()) {
        if (!id.is_string()) {
            return std::unexpected(http::error(422, "All 'employee_ids' must be strings."));
        }
        ids.emplace_back(id.get_string());
    }
    return ids;
}

}  // namespace

void PeopleRoutes::add_to(http::Router& router) {
    router.add("POST", "/employees", [this](Request r) { return create(std::move(r)); });
    router.add("GET", "/employees/{employee_id}", [this](Request r) { return read(std::move(r)); });
    router.add("GET", "/teams", [this](Request r) { return list_active(std::move(r)); });
    router.add("GET", "/projects/{project_id}/team-members",
               [this](Request r) { return team(std::move(r)); });
    router.add("POST", "/projects/{project_id}/team-members-assign",
               [this](Request r) { return assign(std::move(r)); });
}

asio::awaitable<Response> PeopleRoutes::create(Request request) {
    const auto body = http::read_body(request, Presence::kRequired);
    if (!body) co_return body.error();
    const auto& object = body->get_object();
    if (is_absent_or_empty(object, "employee_id") || is_absent_or_empty(object, "name")) {
        co_return http::error(422, "Employee ID and name are required.");
    }
    std::vector<http::FieldError> errors;
    http::ObjectReader reader(*body, errors);
    const auto id = reader.text("employee_id", Presence::kRequired, http::kIdRule);
    const auto name = reader.text("name", Presence::kRequired);
    Employee employee{.gender = reader.text("gender", Presence::kOptional),
                      .state = reader.text("state", Presence::kOptional),
                      .age = reader.integer("age", Presence::kOptional, {.min = 0})};
    if (!errors.empty()) co_return http::validation_error(errors);
    employee.id = *id;
    employee.name = *name;

    const auto stored = co_await store_.add(std::move(employee));
    if (!stored) co_return refuse(stored.error());
    co_return Response::json(201, {{"employee_id", stored->id}, {"employee_name", stored->name}});
}

asio::awaitable<Response> PeopleRoutes::read(Request request) {
    const std::string& id = request.param("employee_id");
    if (!is_valid_id(id)) co_return http::error(404, kNoEmployee);

    const auto found = co_await store_.find(id);
    if (!found) co_return refuse(found.error());
    auto answer = to_json(found->employee);
    answer["project_assign"] = !found->projects.empty();
    answer["active"] = found->active;
    answer["assigned_projects"] =
        boost::json::array(found->projects.begin(), found->projects.end());
    co_return Response::json(200, answer);
}

asio::awaitable<Response> PeopleRoutes::list_active(Request) {
    const auto employees = co_await store_.list_active();
    if (!employees) co_return refuse(employees.error());
    boost::json::array answer;
    for (const Employee& employee : *employees) {
        answer.push_back({{"employee_id", employee.id}, {"employee_name", employee.name}});
    }
    co_return Response::json(200, answer);
}

asio::awaitable<Response> PeopleRoutes::team(Request request) {
    const std::string& id = request.param("project_id");
    if (!is_valid_id(id)) co_return no_project(id);

    const auto members = co_await store_.team(id);
    if (!members) co_return refuse(members.error());
    co_return Response::json(200, {{"project_id", id}, {"team_members", to_array(*members)}});
}

asio::awaitable<Response> PeopleRoutes::assign(Request request) {
    const auto ids = read_employee_ids(request);
    if (!ids) co_return ids.error();
    const std::string& id = request.param("project_id");
    if (!is_valid_id(id)) co_return no_project(id);
    const bool all_can_exist = std::ranges::all_of(*ids, is_valid_id);

    const auto outcome =
        co_await store_.assign(id, all_can_exist ? *ids : std::vector<std::string>{});
    if (!outcome) co_return refuse(outcome.error());
    if (*outcome == Assignment::kNoProject) co_return no_project(id);
    if (*outcome == Assignment::kNoEmployee || !all_can_exist) {
        co_return http::error(404, kNoEmployee);
    }
    co_return Response::json(
        200, {{"message", "Team members assigned to project " + id + " successfully"}});
}

}  // namespace dsm::project

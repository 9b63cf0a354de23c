#include "services/orchestrator/http/workspace_routes.hpp"

#include "libs/http/body.hpp"
#include "libs/http/errors.hpp"
#include "services/orchestrator/http/replies.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr std::int64_t kDefaultLimit = 100;

json::array texts(const std::vector<std::string>& items) {
    return json::array(items.begin(), items.end());
}

}  // namespace

void WorkspaceRoutes::add_to(http::Router& router) {
    router.add("POST", "/workspace/cronjobs",
               [this](http::Request request) { return import_cronjobs(std::move(request)); });
    router.add("GET", "/decisions",
               [this](http::Request request) { return decisions(std::move(request)); });
}

asio::awaitable<http::Response> WorkspaceRoutes::import_cronjobs(http::Request request) {
    const auto body = http::read_body(request, http::Presence::kRequired);
    if (!body) co_return body.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader reader(*body, errors);
    auto names = reader.texts("names", http::Presence::kRequired, http::kIdRule);
    if (!errors.empty()) co_return http::validation_error(errors);
    const Call call{.trace = request.trace, .deadline = request.deadline};
    const auto imported = co_await cronjobs_.run(std::move(*names), call);
    if (!imported) co_return reply_of(imported.error());
    co_return http::Response::json(
        200, {{"created", texts(imported->created)}, {"existing", texts(imported->existing)}});
}

asio::awaitable<http::Response> WorkspaceRoutes::decisions(http::Request request) {
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    const auto project = query.text("project_id", http::Presence::kOptional);
    const auto limit = query.limit();
    if (!errors.empty()) co_return http::validation_error(errors);
    const auto id = project ? std::optional(ProjectId(*project)) : std::nullopt;
    const auto found =
        co_await store_.recent(id, static_cast<std::size_t>(limit.value_or(kDefaultLimit)));
    if (!found) co_return reply_of(database_failed(found.error()).error());
    co_return http::Response::json(200, json::array(found->begin(), found->end()));
}

}  // namespace dsm::orchestrator

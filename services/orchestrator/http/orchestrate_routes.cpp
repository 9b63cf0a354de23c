#include "services/orchestrator/http/orchestrate_routes.hpp"

#include "libs/base/identifier.hpp"
#include "libs/http/errors.hpp"
#include "services/orchestrator/app/cronjob_removal.hpp"
#include "services/orchestrator/http/orchestrate_request.hpp"
#include "services/orchestrator/http/replies.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

/// An id that no stored id can equal needs no asking, and is not repeated to the caller.
std::optional<http::Response> impossible_project(const http::Request& request) {
    if (is_valid_id(request.param("project_id"))) return std::nullopt;
    return http::error(404, "Project not found.");
}

Call call_of(const http::Request& request) {
    return {.trace = request.trace,
            .deadline = request.deadline,
            .progress = std::make_shared<Progress>()};
}

}  // namespace

OrchestrateRoutes::OrchestrateRoutes(Flights& flights, IdempotentRequests& requests,
                                     ProjectStatus& status, CronJobs& cronjobs)
    : flights_(flights), requests_(requests), status_(status), cronjobs_(cronjobs) {}

void OrchestrateRoutes::add_to(http::Router& router) {
    router.add("POST", "/orchestrate/project/{project_id}",
               [this](http::Request request) { return orchestrate(std::move(request)); });
    router.add("GET", "/orchestrate/project/{project_id}/status",
               [this](http::Request request) { return status(std::move(request)); });
    router.add("DELETE", "/orchestrate/project/{project_id}/cronjob/{cronjob_name}",
               [this](http::Request request) { return remove(std::move(request)); });
}

asio::awaitable<http::Response> OrchestrateRoutes::orchestrate(http::Request request) {
    if (auto refused = impossible_project(request)) co_return std::move(*refused);
    auto wish = read_wish(request);
    if (!wish) co_return std::move(wish.error());
    const Call call = call_of(request);
    const auto key = wish->key;
    // Without a key the request itself waits; with one the answer is seen through for the repeat.
    const IdempotentRequests::Work work = [this, wish = std::move(*wish), call] {
        return wish.key ? flights_.see_through(wish, call) : flights_.join(wish, call);
    };
    const auto answer = co_await requests_.run(key, call, work);
    co_return answer ? reply_of(*answer) : reply_of(answer.error());
}

asio::awaitable<http::Response> OrchestrateRoutes::status(http::Request request) {
    if (auto refused = impossible_project(request)) co_return std::move(*refused);
    const ProjectId project(request.param("project_id"));
    const auto body = co_await status_.report(project, call_of(request));
    if (!body) co_return reply_of(body.error());
    co_return http::Response::json(200, *body);
}

asio::awaitable<http::Response> OrchestrateRoutes::remove(http::Request request) {
    if (auto refused = impossible_project(request)) co_return std::move(*refused);
    const std::string name = request.param("cronjob_name");
    if (!is_valid_id(name)) co_return http::error(404, "CronJob not found.");
    const ProjectId project(request.param("project_id"));
    const auto removed = co_await remove_cronjob(cronjobs_, project, name, call_of(request));
    if (!removed) co_return reply_of(removed.error());
    co_return http::Response::json(
        200, {{"message", fmt::format("CronJob {} deleted successfully", name)},
              {"cronjob_name", name},
              {"status", "deleted"}});
}

}  // namespace dsm::orchestrator

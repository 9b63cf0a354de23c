// Only the `detail` of an error is passed on, and only as text: never another service's raw body.
#include "services/backlog/adapters/http_project_directory.hpp"

#include <boost/json.hpp>

namespace dsm::backlog {

namespace asio = boost::asio;

namespace {

std::string detail_of(const http::ClientResponse& response) {
    boost::system::error_code failed;
    const auto body = boost::json::parse(response.body, failed);
    const auto* object = failed ? nullptr : body.if_object();
    const auto* detail = object ? object->if_contains("detail") : nullptr;
    if (detail && detail->is_string()) return std::string(detail->get_string());
    return "HTTP " + std::to_string(response.status);
}

}  // namespace

asio::awaitable<ProjectAnswer> HttpProjectDirectory::look_up(std::string project_id,
                                                             std::string correlation_id,
                                                             std::string traceparent,
                                                             rt::Deadline deadline) {
    using Kind = ProjectAnswer::Kind;
    http::ClientRequest request{.url = url_ + "/projects/" + http::escape(project_id)};
    request.headers.set("X-Correlation-ID", std::move(correlation_id));
    request.headers.set("traceparent", std::move(traceparent));
    const auto response = co_await client_.send(std::move(request), deadline);
    if (!response) co_return ProjectAnswer{Kind::kUnreachable, response.error().message};
    if (response->status == 200) co_return ProjectAnswer{Kind::kExists, ""};
    if (response->status == 404) co_return ProjectAnswer{Kind::kMissing, ""};
    co_return ProjectAnswer{Kind::kRefused, detail_of(*response)};
}

asio::awaitable<bool> HttpProjectDirectory::alive(rt::Deadline deadline) {
    http::ClientRequest request{.url = url_ + "/health"};
    const auto response = co_await client_.send(std::move(request), deadline);
    co_return response && response->status == 200;
}

}  // namespace dsm::backlog

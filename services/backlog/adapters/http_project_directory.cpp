#include "services/backlog/adapters/http_project_directory.hpp"

#include "libs/http/errors.hpp"

namespace dsm::backlog {

namespace asio = boost::asio;

HttpProjectDirectory::HttpProjectDirectory(http::Client& client, std::string url,
                                           rt::CallPolicy policy, const rt::Clock& clock,
                                           rt::Random& random)
    : client_(client),
      url_(std::move(url)),
      dependency_("Project Service", clock, policy.breaker, policy.repeats),
      caller_(client, url_, dependency_, policy, clock, random) {
    dependency_.probed_well();  // nothing speaks against it yet
}

asio::awaitable<ProjectAnswer> HttpProjectDirectory::look_up(std::string project_id,
                                                             std::string correlation_id,
                                                             std::string traceparent,
                                                             rt::Deadline deadline) {
    using Kind = ProjectAnswer::Kind;
    using What = http::CallFailure::What;
    http::ClientRequest request{.url = "/projects/" + http::escape(project_id)};
    request.headers.set("X-Correlation-ID", std::move(correlation_id));
    request.headers.set("traceparent", std::move(traceparent));
    const auto answer = co_await caller_.ask(std::move(request), deadline,
                                             [](const boost::json::value&) { return ""; });
    if (answer) co_return ProjectAnswer{Kind::kExists, ""};
    const http::CallFailure& failure = answer.error();
    if (failure.status == 404) co_return ProjectAnswer{Kind::kMissing, ""};
    const bool silent = failure.what == What::kNoAnswer || failure.what == What::kCircuitOpen;
    co_return ProjectAnswer{silent ? Kind::kUnreachable : Kind::kRefused,
                            http::sentence_of(dependency_.title(), failure), failure.retry_after};
}

asio::awaitable<void> HttpProjectDirectory::probe(rt::Deadline deadline) {
    http::ClientRequest request{.url = url_ + "/health"};
    const auto response = co_await client_.send(std::move(request), deadline);
    if (response && response->status == 200) {
        dependency_.probed_well();
    } else {
        dependency_.probed_ill(response ? http::reason_phrase(response->status)
                                        : response.error().message);
    }
}

}  // namespace dsm::backlog

#include "services/orchestrator/adapters/service_caller.hpp"

#include <boost/json/serialize.hpp>

namespace dsm::orchestrator {
namespace asio = boost::asio;

Failure ServiceCaller::told(http::CallFailure failure) const {
    using What = http::CallFailure::What;
    if (failure.what == What::kCircuitOpen) {
        return {.status = 503,
                .detail =
                    "Service temporarily unavailable due to downstream service failures. "
                    "Circuit breaker is open.",
                .circuit_open = failure.retry_after};
    }
    const bool as_it_is = failure.status == 404 || failure.status == 409;
    const int unsaid = failure.what == What::kNoAnswer ? 503 : 502;
    return {.status = as_it_is ? failure.status : unsaid,
            .detail = http::sentence_of(client_.dependency().title(), failure),
            .retry_after = failure.retry_after,
            .maybe_done = failure.maybe_done};
}

asio::awaitable<std::optional<Failure>> ServiceCaller::send(ServiceRequest request, Call call,
                                                            http::DependencyClient::Check check) {
    http::ClientRequest sent{.method = std::move(request.method), .url = std::move(request.path)};
    sent.headers.set("X-Correlation-ID", call.trace.correlation_id);
    sent.headers.set("traceparent", call.trace.traceparent);
    if (request.body) sent.body = boost::json::serialize(*request.body);
    auto answer = co_await client_.ask(std::move(sent), call.deadline, std::move(check));
    if (answer) co_return std::nullopt;
    co_return told(std::move(answer.error()));
}

}  // namespace dsm::orchestrator

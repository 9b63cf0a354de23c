// One mapping from answers to outcomes for all neighbours.
#include "services/sprint/adapters/neighbour_client.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;

namespace {

using What = http::CallFailure::What;

Failure::Kind kind_of(const http::CallFailure& failure) {
    if (failure.what == What::kNoAnswer || failure.what == What::kCircuitOpen) {
        return Failure::Kind::kUnavailable;
    }
    switch (failure.status) {
        case 404:
            return Failure::Kind::kNotFound;
        case 409:
            return Failure::Kind::kConflict;
        case 400:
        case 413:
        case 422:
            return Failure::Kind::kInvalid;
        default:
            return Failure::Kind::kBadAnswer;
    }
}

}  // namespace

NeighbourClient::NeighbourClient(Neighbour neighbour, http::Client& http, const rt::Clock& clock,
                                 rt::Random& random)
    : failure_remembered_(neighbour.failure_remembered),
      random_(random),
      dependency_(std::move(neighbour.name), clock, neighbour.policy.breaker,
                  neighbour.policy.repeats),
      client_(http, std::move(neighbour.url), dependency_, neighbour.policy, clock, random) {}

asio::awaitable<std::optional<Failure>> NeighbourClient::send(http::ClientRequest request,
                                                              Call call,
                                                              http::DependencyClient::Check check) {
    if (!call.trace.correlation_id.empty()) {
        request.headers.set("X-Correlation-ID", call.trace.correlation_id);
    }
    if (telemetry::is_valid_traceparent(call.trace.traceparent)) {
        request.headers.set("traceparent",
                            telemetry::child_traceparent(call.trace.traceparent, random_.hex(8)));
    }
    const auto answer = co_await client_.ask(std::move(request), call.deadline, std::move(check));
    if (answer) co_return std::nullopt;
    co_return Failure{.kind = kind_of(answer.error()),
                      .detail = http::sentence_of(dependency_.title(), answer.error()),
                      .retry_after = answer.error().retry_after};
}

rt::Standing NeighbourClient::standing() const {
    const auto standing = dependency_.standing();
    const bool old = standing == rt::Standing::kError && dependency_.age() > failure_remembered_;
    return old ? rt::Standing::kOk : standing;
}

}  // namespace dsm::sprint

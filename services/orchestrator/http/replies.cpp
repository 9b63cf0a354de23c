#include "services/orchestrator/http/replies.hpp"

#include "libs/http/errors.hpp"

namespace dsm::orchestrator {

http::Response reply_of(const Failure& failure) {
    if (!failure.circuit_open) {
        auto plain = http::error(failure.status, failure.detail);
        if (failure.retry_after) {
            plain.headers.set("Retry-After", std::to_string(failure.retry_after->count()));
        }
        return plain;
    }
    const auto seconds = failure.circuit_open->count();
    auto response =
        http::Response::json(failure.status, {{"detail", failure.detail},
                                              {"service_status", "degraded"},
                                              {"error_type", "circuit_breaker_open"},
                                              {"retry_after", fmt::format("{} seconds", seconds)}});
    response.headers.set("Retry-After", std::to_string(seconds));
    return response;
}

http::Response reply_of(const Answer& answer) {
    auto response = http::Response::text(200, answer.body, "application/json");
    response.headers.set("X-Decision-ID", answer.decision_id.str());
    return response;
}

}  // namespace dsm::orchestrator

#include "libs/http/verdict.hpp"

#include "libs/http/retry_after.hpp"

namespace dsm::http {

Health health_of(const Result<ClientResponse>& answer) {
    if (!answer) {
        return answer.error().code == ErrorCode::kCancelled ? Health::kUnsaid : Health::kIll;
    }
    if (answer->status == 429) return Health::kBusy;
    if (answer->status < 500) return Health::kWell;
    const bool shed = answer->status == 503 && retry_after_seconds(*answer);
    return shed ? Health::kBusy : Health::kIll;
}

bool is_repeatable(const ClientRequest& request) {
    for (const std::string_view method : {"GET", "HEAD", "PUT", "DELETE"}) {
        if (request.method == method) return true;
    }
    return request.headers.find("Idempotency-Key").has_value();
}

std::optional<std::chrono::milliseconds> wait_before_repeat(const Result<ClientResponse>& answer,
                                                            const Attempt& attempt,
                                                            const rt::CallPolicy& policy) {
    if (attempt.made >= policy.attempts) return std::nullopt;
    auto wait = attempt.backoff;
    if (answer) {
        const auto asked = retry_after_seconds(*answer);
        const bool passing = answer->status == 429 || answer->status == 502 ||
                             answer->status == 503 || answer->status == 504;
        if (!asked && !passing) return std::nullopt;
        if (asked) wait = std::chrono::seconds(*asked);
    } else if (answer.error().code == ErrorCode::kCancelled ||
               answer.error().code == ErrorCode::kInvalid) {
        return std::nullopt;
    }
    if (wait >= attempt.time_left) return std::nullopt;
    return wait;
}

}  // namespace dsm::http

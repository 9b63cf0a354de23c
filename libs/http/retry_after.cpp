#include "libs/http/retry_after.hpp"

#include <charconv>

namespace dsm::http {

std::optional<int> retry_after_seconds(const ClientResponse& answer) {
    if (answer.status != 429 && answer.status < 500) return std::nullopt;
    const auto value = answer.headers.find("Retry-After");
    if (!value) return std::nullopt;
    int seconds = 0;
    const auto [end, error] =
        std::from_chars(value->data(), value->data() + value->size(), seconds);
    if (error != std::errc() || end != value->data() + value->size() || seconds < 0) {
        return std::nullopt;
    }
    return seconds;
}

}  // namespace dsm::http

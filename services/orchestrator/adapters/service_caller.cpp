#include "services/orchestrator/adapters/service_caller.hpp"

#include <boost/json/serialize.hpp>

#include "libs/http/body.hpp"
#include "libs/http/errors.hpp"
#include "libs/http/retry_after.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr std::size_t kLongestDetail = 500;

/// What another service said, fit for our own `detail`: one line, bounded.
std::string tidy(std::string_view text) {
    std::size_t end = std::min(text.size(), kLongestDetail);
    // Not in the middle of a character: the bytes that follow its first begin with 10.
    while (end < text.size() && end > 0 && (text[end] & 0xC0) == 0x80) --end;
    std::string result(text.substr(0, end));
    for (char& c : result) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return result;
}

/// The `detail` of an error body: its text, or the messages of a validation list; "" for none.
std::string detail_of(const std::string& body) {
    const auto parsed = http::parse_json(body);
    if (!parsed || !parsed->is_object()) return {};
    const json::value* detail = parsed->get_object().if_contains("detail");
    if (!detail) return {};
    if (detail->is_string()) return tidy(std::string_view(detail->get_string()));
    std::string messages;
    if (!detail->is_array()) return messages;
    for (const json::value& entry : detail->get_array()) {
        const json::value* message =
            entry.is_object() ? entry.get_object().if_contains("msg") : nullptr;
        if (!message || !message->is_string()) continue;
        if (!messages.empty()) messages += "; ";
        messages += std::string_view(message->get_string());
    }
    return tidy(messages);
}

}  // namespace

ServiceCaller::ServiceCaller(http::Client& client, std::string base_url, Dependency& dependency,
                             std::chrono::milliseconds timeout, const rt::Clock& clock)
    : client_(client),
      base_url_(std::move(base_url)),
      dependency_(dependency),
      timeout_(timeout),
      clock_(clock) {}

Failure ServiceCaller::nonsense(bool reading) {
    dependency_.seen_ill("its answer could not be understood");
    return {.status = 502,
            .detail = dependency_.title() + " error: its answer could not be understood",
            .maybe_done = !reading};
}

Failure ServiceCaller::refusal_of(const http::ClientResponse& response, bool reading) {
    std::string detail = detail_of(response.body);
    if (detail.empty()) detail = http::reason_phrase(response.status);
    const bool ill = response.status >= 500;
    if (ill) {
        dependency_.seen_ill(detail);
    } else {
        dependency_.seen_well();
    }
    const bool told = response.status == 404 || response.status == 409;
    return {.status = told ? response.status : 502,
            .detail = fmt::format("{} error: {}", dependency_.title(), detail),
            .maybe_done = ill && !reading};
}

asio::awaitable<Result<http::ClientResponse>> ServiceCaller::exchange(http::ClientRequest request,
                                                                      rt::Deadline deadline) {
    budget_.begin_call();
    while (true) {
        auto response = co_await client_.send(request, deadline);
        if (!response || request.method != "GET") co_return response;
        const auto wait = http::retry_after_seconds(*response);
        if (!wait || std::chrono::seconds(*wait) >= deadline.left(clock_)) co_return response;
        if (!budget_.take()) co_return response;
        const bool slept = co_await rt::sleep_for(std::chrono::seconds(*wait));
        if (!slept) co_return response;
    }
}

asio::awaitable<Outcome<json::value>> ServiceCaller::send(ServiceRequest request, Call call) {
    if (const auto wait = dependency_.refusal()) {
        co_return std::unexpected(
            Failure{.status = 503,
                    .detail = "Service temporarily unavailable due to downstream service failures. "
                              "Circuit breaker is open.",
                    .circuit_open = wait});
    }
    const bool reading = request.method == "GET";
    http::ClientRequest sent{.method = request.method, .url = base_url_ + request.path};
    sent.headers.set("Accept", "application/json");
    sent.headers.set("X-Correlation-ID", call.trace.correlation_id);
    sent.headers.set("traceparent", call.trace.traceparent);
    if (request.body) {
        sent.headers.set("Content-Type", "application/json");
        sent.body = json::serialize(*request.body);
    }
    const auto deadline = call.deadline.sooner(rt::Deadline::after(clock_, timeout_));
    const auto response = co_await exchange(std::move(sent), deadline);
    if (!response) {
        const Error& error = response.error();
        if (error.code != ErrorCode::kCancelled) dependency_.seen_ill(error.message);
        co_return std::unexpected(Failure{
            .status = 503,
            .detail =
                fmt::format("Could not connect to {}: {}", dependency_.title(), error.message),
            .maybe_done = !reading && error.code != ErrorCode::kUnavailable});
    }
    if (response->status >= 400) co_return std::unexpected(refusal_of(*response, reading));
    auto body = http::parse_json(response->body);
    if (response->status < 200 || response->status >= 300 || !body) {
        co_return std::unexpected(nonsense(reading));
    }
    co_return std::move(*body);
}

}  // namespace dsm::orchestrator

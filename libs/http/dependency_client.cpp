// One ticket a call, however often it is sent: its last answer is what the breaker is told.
#include "libs/http/dependency_client.hpp"

#include <fmt/format.h>

#include "libs/http/body.hpp"
#include "libs/http/errors.hpp"
#include "libs/http/retry_after.hpp"
#include "libs/http/verdict.hpp"
#include "libs/rt/patience.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::http {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

using What = CallFailure::What;

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
    const auto parsed = parse_json(body);
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

/// Whether a failed call was a success that we cannot use is known only after `check`.
std::optional<CallFailure> failure_in(const Result<ClientResponse>& answer, bool reading) {
    if (!answer) {
        const Error& error = answer.error();
        const bool useless = error.code == ErrorCode::kInvalid;  // it came, and is too large
        return CallFailure{.what = useless ? What::kNonsense : What::kNoAnswer,
                           .detail = error.message,
                           .maybe_done = !reading && error.code != ErrorCode::kUnavailable};
    }
    if (answer->status < 400) return std::nullopt;
    CallFailure failure{.what = What::kRefused,
                        .status = answer->status,
                        .detail = detail_of(answer->body),
                        .maybe_done = !reading && answer->status >= 500};
    if (failure.detail.empty()) failure.detail = reason_phrase(answer->status);
    if (const auto wait = retry_after_seconds(*answer)) {
        failure.retry_after = std::chrono::seconds(*wait);
    }
    return failure;
}

void report(rt::Dependency::Ticket& ticket, Health health, const CallFailure& failure) {
    switch (health) {
        case Health::kWell:
            return ticket.well();
        case Health::kBusy:
            return ticket.busy(failure.detail,
                               failure.retry_after.value_or(std::chrono::seconds(1)));
        case Health::kIll:
            return ticket.ill(failure.detail);
        case Health::kUnsaid:
            break;
    }
}

}  // namespace

std::string sentence_of(const std::string& title, const CallFailure& failure) {
    const bool silent = failure.what == What::kNoAnswer || failure.what == What::kCircuitOpen;
    return silent ? fmt::format("Could not connect to {}: {}", title, failure.detail)
                  : fmt::format("{} error: {}", title, failure.detail);
}

DependencyClient::DependencyClient(Client& client, std::string base_url, rt::Dependency& dependency,
                                   rt::CallPolicy policy, const rt::Clock& clock,
                                   rt::Random& random)
    : client_(client),
      base_url_(std::move(base_url)),
      dependency_(dependency),
      policy_(policy),
      clock_(clock),
      random_(random) {}

asio::awaitable<CallOutcome> DependencyClient::ask(ClientRequest request, rt::Deadline deadline,
                                                   Check check) {
    auto ticket = dependency_.admit();
    if (!ticket) {
        co_return std::unexpected(CallFailure{
            .what = What::kCircuitOpen,
            .detail = fmt::format("it failed again and again and is not asked for {} s; last: {}",
                                  ticket.error().count(), dependency_.last_error()),
            .retry_after = ticket.error()});
    }
    const bool reading = request.method == "GET" || request.method == "HEAD";
    request.url = base_url_ + request.url;
    request.headers.set("Accept", "application/json");
    if (!request.body.empty()) request.headers.set("Content-Type", "application/json");
    const rt::Patience patience(deadline, policy_.timeout, clock_);
    const auto own = rt::Deadline::after(clock_, policy_.timeout);
    const auto answer = co_await exchange(std::move(request), deadline.sooner(own));
    if (auto failure = failure_in(answer, reading)) {
        const bool unfair = !answer && patience.too_short(clock_);
        report(*ticket, unfair ? Health::kUnsaid : health_of(answer), *failure);
        co_return std::unexpected(std::move(*failure));
    }
    auto body = parse_json(answer->body);
    const bool success = answer->status >= 200 && answer->status < 300;
    std::string fault = success && body ? check(*body) : kNotUnderstood;
    if (!fault.empty()) {
        ticket->ill(fault);
        co_return std::unexpected(CallFailure{
            .what = What::kNonsense, .detail = std::move(fault), .maybe_done = !reading});
    }
    ticket->well();
    co_return std::move(*body);
}

asio::awaitable<Result<ClientResponse>> DependencyClient::exchange(ClientRequest request,
                                                                   rt::Deadline deadline) {
    rt::Backoff backoff(policy_.backoff, random_);
    const bool repeatable = is_repeatable(request);
    dependency_.repeats().begin_call();
    for (Attempt attempt;; ++attempt.made) {
        auto answer = co_await client_.send(request, deadline);
        if (!repeatable) co_return answer;
        attempt.backoff = backoff.next();
        attempt.time_left = deadline.left(clock_);
        const auto wait = wait_before_repeat(answer, attempt, policy_);
        if (!wait || !dependency_.repeats().take()) co_return answer;
        const bool slept = co_await rt::sleep_for(*wait);
        if (!slept) co_return fail(ErrorCode::kCancelled, "the call was given up");
    }
}

}  // namespace dsm::http

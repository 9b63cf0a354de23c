// One mapping from answers to outcomes for all neighbours.
#include "services/sprint/adapters/neighbour_client.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "libs/http/body.hpp"
#include "libs/http/errors.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// The `detail` of an error answer if it is a sentence, else the reason phrase of its status.
std::string detail_of(const http::ClientResponse& answer) {
    boost::system::error_code broken;
    const auto body = json::parse(answer.body, broken);
    if (!broken && body.is_object()) {
        const auto* detail = body.get_object().if_contains("detail");
        if (detail != nullptr && detail->is_string() && detail->get_string().size() <= 500) {
            return std::string(detail->get_string());
        }
    }
    return fmt::format("{} {}", answer.status, http::reason_phrase(answer.status));
}

Failure::Kind kind_of(int status) {
    switch (status) {
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

asio::awaitable<Outcome<json::value>> NeighbourClient::send(http::ClientRequest request,
                                                            Call call) {
    request.url = neighbour_.url + request.url;
    request.headers.set("Accept", "application/json");
    if (!request.body.empty()) request.headers.set("Content-Type", "application/json");
    if (!call.trace.correlation_id.empty()) {
        request.headers.set("X-Correlation-ID", call.trace.correlation_id);
    }
    if (telemetry::is_valid_traceparent(call.trace.traceparent)) {
        request.headers.set("traceparent",
                            telemetry::child_traceparent(call.trace.traceparent, random_.hex(8)));
    }
    const auto deadline =
        rt::Deadline::after(clock_, neighbour_.call_timeout).sooner(call.deadline);
    auto answer = co_await http_.send(std::move(request), deadline);
    unanswered_at_ = answer ? std::nullopt : std::optional(clock_.steady());
    if (!answer) {
        co_return failed(
            Failure::Kind::kUnavailable,
            fmt::format("Could not connect to {}: {}", neighbour_.name, answer.error().message));
    }
    if (answer->status < 200 || answer->status > 299) {
        co_return failed(kind_of(answer->status),
                         fmt::format("{} error: {}", neighbour_.name, detail_of(*answer)));
    }
    auto body = http::parse_json(answer->body);
    if (!body) co_return std::unexpected(nonsense("its answer is not JSON"));
    co_return std::move(*body);
}

Failure NeighbourClient::nonsense(std::string_view what) const {
    return {Failure::Kind::kBadAnswer, fmt::format("{} error: {}", neighbour_.name, what)};
}

}  // namespace dsm::sprint

#include "services/orchestrator/adapters/courier.hpp"

#include "libs/outbox/stream_delivery.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
using outbox::Delivered;
using outbox::Delivery;

namespace {

constexpr std::string_view kChroniclePrefix = "chronicle:";

/// Any other 4xx (not logged in, no such path, too busy) says that Chronicle or the way to it is
/// set up wrongly for now: the same document will be taken once that is mended.
bool is_about_the_document(int status) {
    return status == 400 || status == 409 || status == 413 || status == 422;
}

/// Chronicle says under which id it keeps a note. A 2xx without one came from somebody else.
std::string what_is_amiss(const boost::json::value& body) {
    const auto* object = body.if_object();
    const auto* id = object ? object->if_contains("note_id") : nullptr;
    const bool kept = id && id->is_string() && !id->get_string().empty();
    return kept ? "" : "its answer names no note";
}

}  // namespace

Courier::Courier(http::DependencyClient chronicle, stream::EventStream& events, Dependency& stream,
                 CourierSettings settings, const rt::Clock& clock)
    : chronicle_(std::move(chronicle)),
      events_(events),
      stream_(stream),
      settings_(settings),
      clock_(clock) {}

asio::awaitable<Delivered> Courier::deliver(outbox::Row row) {
    const std::string& destination = row.message.destination;
    if (destination.starts_with(outbox::kStreamPrefix)) {
        const auto deadline = rt::Deadline::after(clock_, settings_.stream_timeout);
        co_return co_await to_stream(std::move(row), deadline);
    }
    if (destination.starts_with(kChroniclePrefix)) {
        co_return co_await to_chronicle(std::move(row));
    }
    co_return Delivered(Delivery::kPoison,
                        fmt::format("this version knows no destination \"{}\"", destination));
}

asio::awaitable<Delivered> Courier::to_stream(outbox::Row row, rt::Deadline deadline) {
    const auto appended = co_await outbox::append_to_stream(events_, std::move(row),
                                                            settings_.stream_max_length, deadline);
    if (appended.delivery == Delivery::kRetry) {
        if (appended.why != stream_.last_error()) {
            telemetry::log(telemetry::Level::kWarning, "project-orchestrator", "stream_refused",
                           {{"error", appended.why}});
        }
        stream_.probed_ill(appended.why);
    } else {
        stream_.probed_well();
    }
    co_return Delivered(appended.delivery, appended.why);
}

asio::awaitable<Delivered> Courier::to_chronicle(outbox::Row row) {
    const std::string path = row.message.destination.substr(kChroniclePrefix.size());
    http::ClientRequest request{
        .method = "POST", .url = path, .body = std::move(row.message.payload)};
    request.headers.set("X-Correlation-ID", row.message.correlation_id);
    request.headers.set("traceparent", row.message.traceparent);
    const auto deadline = rt::Deadline::after(clock_, settings_.chronicle_timeout);
    const auto answer = co_await chronicle_.ask(std::move(request), deadline, what_is_amiss);
    if (answer) co_return Delivery::kDelivered;
    const http::CallFailure& failure = answer.error();
    const bool refused = is_about_the_document(failure.status);
    co_return Delivered(refused ? Delivery::kRefused : Delivery::kRetry, failure.detail,
                        failure.retry_after);
}

}  // namespace dsm::orchestrator

#include "services/orchestrator/adapters/courier.hpp"

#include <boost/json/parse.hpp>

#include "libs/http/errors.hpp"
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
bool is_kept(const http::ClientResponse& response) {
    if (response.status < 200 || response.status >= 300) return false;
    boost::system::error_code no_json;
    const boost::json::value body = boost::json::parse(response.body, no_json);
    const auto* object = no_json ? nullptr : body.if_object();
    const auto* id = object ? object->if_contains("note_id") : nullptr;
    return id && id->is_string() && !id->get_string().empty();
}

}  // namespace

Courier::Courier(http::Client& client, stream::EventStream& events, Dependency& chronicle,
                 Dependency& stream, CourierSettings settings, const rt::Clock& clock)
    : client_(client),
      events_(events),
      chronicle_(chronicle),
      stream_(stream),
      settings_(std::move(settings)),
      clock_(clock) {}

asio::awaitable<Delivered> Courier::deliver(outbox::Row row) {
    const auto deadline = rt::Deadline::after(clock_, settings_.timeout);
    const std::string& destination = row.message.destination;
    if (destination.starts_with(outbox::kStreamPrefix)) {
        co_return co_await to_stream(std::move(row), deadline);
    }
    if (destination.starts_with(kChroniclePrefix)) {
        co_return co_await to_chronicle(std::move(row), deadline);
    }
    co_return Delivery::kPoison;
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

asio::awaitable<Delivered> Courier::to_chronicle(outbox::Row row, rt::Deadline deadline) {
    const std::string path = row.message.destination.substr(kChroniclePrefix.size());
    http::ClientRequest request{.method = "POST",
                                .url = settings_.chronicle_url + path,
                                .body = std::move(row.message.payload)};
    request.headers.set("Content-Type", "application/json");
    request.headers.set("X-Correlation-ID", row.message.correlation_id);
    request.headers.set("traceparent", row.message.traceparent);
    const auto response = co_await client_.send(std::move(request), deadline);
    if (!response) {
        chronicle_.probed_ill(response.error().message);
        co_return Delivery::kRetry;
    }
    const int status = response->status;
    if (is_about_the_document(status)) {
        chronicle_.probed_well();
        co_return Delivered(Delivery::kRefused, fmt::format("HTTP {}", status));
    }
    if (!is_kept(*response)) {
        chronicle_.probed_ill(status < 300 ? "its answer names no note"
                                           : http::reason_phrase(status));
        co_return Delivery::kRetry;
    }
    chronicle_.probed_well();
    co_return Delivery::kDelivered;
}

}  // namespace dsm::orchestrator

// What a receiver refuses for what it is, and what it did not answer, is tried again by the relay.
#include "services/sprint/app/deliveries.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "libs/outbox/stream_delivery.hpp"
#include "libs/telemetry/log.hpp"
#include "services/sprint/app/messages.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;
using outbox::Delivered;
using outbox::Delivery;

namespace {

/// A 404 is final only when it speaks of the task itself: a wrong URL or a proxy says 404 as well,
/// and passes.
bool is_final(const Failure& failure, std::string_view task_id = {}) {
    switch (failure.kind) {
        case Failure::Kind::kInvalid:
        case Failure::Kind::kConflict:
            return true;
        case Failure::Kind::kNotFound:
            return !task_id.empty() &&
                   failure.detail.ends_with(fmt::format("Task {} not found.", task_id));
        default:
            return false;
    }
}

/// Not before the time that the receiver named.
Delivered later(const Failure& failure) {
    return {Delivery::kRetry, failure.detail, failure.retry_after};
}

}  // namespace

Deliveries::Deliveries(SprintDirectory& directory, Backlog& backlog, Notebook& notebook,
                       stream::EventStream& events, const rt::Clock& clock,
                       DeliverySettings settings)
    : directory_(directory),
      backlog_(backlog),
      notebook_(notebook),
      events_(events),
      clock_(clock),
      settings_(settings) {}

asio::awaitable<Delivered> Deliveries::deliver(outbox::Row row) {
    const outbox::Message& message = row.message;
    Call call{{message.correlation_id, message.traceparent},
              rt::Deadline::after(clock_, settings_.call_timeout)};
    if (message.destination.starts_with(outbox::kStreamPrefix)) {
        const auto deadline = rt::Deadline::after(clock_, settings_.stream_timeout);
        const auto appended = co_await outbox::append_to_stream(
            events_, std::move(row), settings_.stream_max_length, deadline);
        if (appended.why != stream_said_ && !appended.why.empty()) {
            telemetry::log(telemetry::Level::kWarning, "sprint-service", "stream_refused",
                           {{"error", appended.why}});
        }
        stream_said_ = appended.why;
        co_return Delivered(appended.delivery, appended.why);
    }
    if (message.destination == kToBacklog) {
        co_return co_await to_backlog(message.payload, std::move(call));
    }
    if (message.destination == kToChronicle) {
        co_return co_await to_chronicle(message, std::move(call));
    }
    co_return Delivered(Delivery::kPoison, fmt::format("this version knows no destination \"{}\"",
                                                       message.destination));
}

asio::awaitable<Delivered> Deliveries::to_backlog(std::string payload, Call call) {
    boost::system::error_code broken;
    const auto document = boost::json::parse(payload, broken);
    if (broken || !document.is_object()) {
        co_return Delivered(Delivery::kPoison, "the message is no JSON object");
    }
    const auto* id = document.get_object().if_contains("task_id");
    if (id == nullptr || !id->is_string()) {
        co_return Delivered(Delivery::kPoison, "the message names no task_id");
    }
    const std::string task_id(id->get_string());

    auto entry = co_await directory_.backlog_entry(task_id);
    if (!entry) {
        const bool gone = entry.error().code == ErrorCode::kNotFound;
        if (!gone) co_return Delivered(Delivery::kRetry, entry.error().message);
        co_return Delivered(Delivery::kPoison,
                            fmt::format("task {} was never in a sprint", task_id));
    }
    // The time of the change that is told, not of the telling: a late PUT must not hide what the
    // backlog has heard since on another way.
    const auto* updated_at = document.get_object().if_contains("updated_at");
    if (updated_at != nullptr && updated_at->is_string()) {
        entry->updated_at = parse_rfc3339(updated_at->get_string());
    }
    auto put = co_await backlog_.put(std::move(*entry), std::move(call));
    if (!put && !is_final(put.error(), task_id)) co_return later(put.error());
    for (const Waiting& waiting : waiting_) {
        if (waiting.left.erase(task_id) > 0 && waiting.left.empty()) waiting.done.cancel();
    }
    if (put) co_return Delivery::kDelivered;
    co_return Delivered(Delivery::kRefused, put.error().detail);
}

asio::awaitable<Delivered> Deliveries::to_chronicle(outbox::Message message, Call call) {
    auto recorded = co_await notebook_.record(message.event_type, message.payload, message.event_id,
                                              std::move(call));
    if (recorded) co_return Delivery::kDelivered;
    if (!is_final(recorded.error())) co_return later(recorded.error());
    // A retrospective that is there already is what was wanted.
    if (recorded.error().kind == Failure::Kind::kConflict) co_return Delivery::kDelivered;
    co_return Delivered(Delivery::kRefused, recorded.error().detail);
}

asio::awaitable<void> Deliveries::backlog_heard(std::set<std::string> task_ids,
                                                std::chrono::milliseconds limit) {
    if (task_ids.empty()) co_return;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer done(executor, limit);
    const auto place = waiting_.insert(waiting_.end(), Waiting{task_ids, done});
    const std::shared_ptr<void> leaving(nullptr, [this, place](void*) { waiting_.erase(place); });
    co_await done.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace dsm::sprint

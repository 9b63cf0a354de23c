// Entry ids fixed before the append make an append repeatable.
#include "libs/outbox/stream_delivery.hpp"

namespace dsm::outbox {
namespace {

/// The largest id below `id`, to find an entry with `range`, which begins after its argument.
std::string id_before(const std::string& id) {
    std::uint64_t ms = 0;
    std::uint64_t sequence = 0;
    if (!stream::parse_entry_id(id, ms, sequence)) return {};
    if (sequence > 0) return fmt::format("{}-{}", ms, sequence - 1);
    return ms > 0 ? fmt::format("{}-{}", ms - 1, UINT64_MAX) : std::string{};
}

}  // namespace

boost::asio::awaitable<Result<bool>> is_in_stream(stream::EventStream& events, std::string stream,
                                                  std::string entry_id, std::string event_id,
                                                  rt::Deadline deadline) {
    auto found = co_await events.range(stream, id_before(entry_id), 1, deadline);
    if (!found) co_return std::unexpected(found.error());
    co_return !found->empty() && found->front().id == entry_id &&
        found->front().event.event_id == event_id;
}

boost::asio::awaitable<Appended> append_to_stream(stream::EventStream& events, Row row,
                                                  std::size_t max_length, rt::Deadline deadline) {
    const std::string name = row.message.destination.substr(kStreamPrefix.size());
    const stream::Event event{row.message.payload, row.message.event_type, row.message.event_id};
    auto appended =
        co_await events.append(name, event, max_length, row.reserved_entry_id, deadline);
    if (appended) co_return Appended{Delivery::kDelivered, {}};
    if (appended.error().code != ErrorCode::kConflict) {
        co_return Appended{Delivery::kRetry, appended.error().message};
    }
    auto ours =
        co_await is_in_stream(events, name, row.reserved_entry_id, event.event_id, deadline);
    if (!ours) co_return Appended{Delivery::kRetry, ours.error().message};
    co_return Appended{*ours ? Delivery::kDelivered : Delivery::kIdTaken, {}};
}

}  // namespace dsm::outbox

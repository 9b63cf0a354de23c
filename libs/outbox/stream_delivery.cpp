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

boost::asio::awaitable<Delivery> append_to_stream(stream::EventStream& events, const Row& row,
                                                  std::size_t max_length, rt::Deadline deadline) {
    const std::string name = row.message.destination.substr(kStreamPrefix.size());
    const stream::Event event{row.message.payload, row.message.event_type, row.message.event_id};
    auto appended =
        co_await events.append(name, event, max_length, row.reserved_entry_id, deadline);
    if (appended) co_return Delivery::kDelivered;
    if (appended.error().code != ErrorCode::kConflict) co_return Delivery::kRetry;

    auto found = co_await events.range(name, id_before(row.reserved_entry_id), 1, deadline);
    if (!found) co_return Delivery::kRetry;
    const bool ours = !found->empty() && found->front().id == row.reserved_entry_id &&
                      found->front().event.event_id == event.event_id;
    if (ours) co_return Delivery::kDelivered;
    auto renumbered = co_await events.append(name, event, max_length, "", deadline);
    co_return renumbered ? Delivery::kDelivered : Delivery::kRetry;
}

}  // namespace dsm::outbox

// Delivers an outbox row to an event stream, so that a row appended twice is one entry.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "libs/outbox/outbox.hpp"
#include "libs/stream/event_stream.hpp"

namespace dsm::outbox {

/// Rows of a destination that begins so get an entry id reserved before they are delivered.
inline constexpr std::string_view kStreamPrefix = "stream:";

/// Appends under the row's reserved id to the stream named after kStreamPrefix. An entry with that
/// id and the same event_id is this row, delivered before: kDelivered. Where the stream is ahead of
/// the id for another reason, the stream chooses one; a repeat is then possible, and is dropped by
/// event_id downstream. kRetry when the stream does not answer; never kPoison.
boost::asio::awaitable<Delivery> append_to_stream(stream::EventStream& events, const Row& row,
                                                  std::size_t max_length, rt::Deadline deadline);

}  // namespace dsm::outbox

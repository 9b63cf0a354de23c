// Delivers an outbox row to an event stream, so that a row appended twice is one entry.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "libs/outbox/outbox.hpp"
#include "libs/stream/event_stream.hpp"

namespace dsm::outbox {

/// Rows of a destination that begins so get an entry id reserved before they are delivered.
inline constexpr std::string_view kStreamPrefix = "stream:";

struct Appended {
    Delivery delivery = Delivery::kRetry;
    std::string why;  ///< of kRetry: what the stream said, and what a human must do about it
};

/// Appends under the row's reserved id to the stream named after kStreamPrefix. An entry with that
/// id and the same event_id is this row, delivered before: kDelivered. Where the stream is ahead of
/// the id for another reason: kIdTaken. kRetry when the stream does not answer, or refuses
/// everybody; never kPoison.
boost::asio::awaitable<Appended> append_to_stream(stream::EventStream& events, Row row,
                                                  std::size_t max_length, rt::Deadline deadline);

/// Whether the stream has an entry with this id and event id.
boost::asio::awaitable<Result<bool>> is_in_stream(stream::EventStream& events, std::string stream,
                                                  std::string entry_id, std::string event_id,
                                                  rt::Deadline deadline);

}  // namespace dsm::outbox

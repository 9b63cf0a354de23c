// Reads several streams as one, oldest entry first.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "libs/rt/clock.hpp"
#include "libs/stream/event_stream.hpp"

namespace dsm::client {

struct LoggedEvent {
    std::string stream;
    stream::Entry entry;
};

/// `{"stream","id","data"}` on one line; `data` is the entry's document, or its text where that is
/// no JSON.
std::string to_line(const LoggedEvent& event);

/// Remembers how far each stream was read, so that a later call gives what came since. Reads pages
/// of a stream as they are needed; never holds more than one page of each.
class EventLog {
public:
    /// `events` outlives the log.
    EventLog(stream::EventStream& events, std::vector<std::string> streams, const rt::Clock& clock);

    /// The entry with the smallest id of all that were not given yet; nullopt when there is none
    /// now.
    boost::asio::awaitable<Result<std::optional<LoggedEvent>>> next();

private:
    struct Cursor {
        std::string stream;
        std::string after;
        std::vector<stream::Entry>
            page;  ///< newest first, so that the oldest is taken from its end
    };

    boost::asio::awaitable<Result<void>> fill(Cursor& cursor);

    stream::EventStream& events_;
    const rt::Clock& clock_;
    std::vector<Cursor> cursors_;
};

}  // namespace dsm::client

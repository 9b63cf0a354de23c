// The entries that no consumer could handle: seen, driven again, dropped.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "libs/rt/clock.hpp"
#include "libs/stream/event_stream.hpp"

namespace dsm::client {

/// The dead letters of `stream` are the entries of `<stream>:dead`.
struct DeadLetter {
    std::string stream;  ///< where it was published, without ":dead"
    stream::Entry entry;

    std::string id() const { return stream + "/" + entry.id; }
};

class DeadLetters {
public:
    /// `events` outlives this. `streams` are those that consumers read.
    DeadLetters(stream::EventStream& events, std::vector<std::string> streams,
                const rt::Clock& clock)
        : events_(events), streams_(std::move(streams)), clock_(clock) {}

    /// All of them, or the one with this id ("<stream>/<entry id>"), stream by stream, oldest
    /// first.
    boost::asio::awaitable<Result<std::vector<DeadLetter>>> find(std::optional<std::string> id);

    /// Publishes it on its stream again, then removes it. A consumer that knows its event id drops
    /// it, so it is handled once, also where a retry is cut between the two and repeated.
    boost::asio::awaitable<Result<void>> retry(DeadLetter letter, std::size_t max_length);
    boost::asio::awaitable<Result<void>> drop(DeadLetter letter);

private:
    rt::Deadline soon() const;

    stream::EventStream& events_;
    const std::vector<std::string> streams_;
    const rt::Clock& clock_;
};

}  // namespace dsm::client

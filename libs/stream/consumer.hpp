// Runs one consumer group's loop: read, handle, acknowledge after the handler's commit; reclaim;
// park.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"
#include "libs/stream/event_stream.hpp"
#include "libs/telemetry/metrics.hpp"

namespace dsm::stream {

/// kDone: committed (or a repeat: nothing to do), acknowledge it. kRetry: not now (a dependency is
/// down), leave it pending. kPoison: it can never be handled, park it on `<stream>:dead`.
enum class Handled { kDone, kRetry, kPoison };

struct ConsumerSettings {
    std::string service;
    std::string stream;
    std::string group;
    std::string consumer;  ///< unique a process: "<host>-<uuid>"
    std::chrono::milliseconds reclaim_idle{30'000};
    std::int64_t deliveries_limit = 10;  ///< then parked
    std::size_t max_length = 100'000;    ///< of the dead stream
};

/// Runs until cancelled; survives the stream being down (backs off, logs once). Entries of a stream
/// are handled one after another, in order: kRetry holds the later ones up and is tried again
/// without end, for a dependency that is down says nothing against the entry. Parked is what a
/// handler calls poison, and what was delivered more than `deliveries_limit` times because handling
/// it ended in an exception or in the process's death. A parked entry keeps its three fields and
/// has a `why`. The handler drops repeats by event_id itself, in the same transaction as its
/// effect.
boost::asio::awaitable<void> consume(EventStream& events, ConsumerSettings settings,
                                     std::function<boost::asio::awaitable<Handled>(Entry)> handler,
                                     const rt::Clock& clock, rt::Random& random,
                                     telemetry::Metrics& metrics);

}  // namespace dsm::stream

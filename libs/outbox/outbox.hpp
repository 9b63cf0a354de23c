// Messages stored in the transaction that caused them, and delivered afterwards by one relay.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/result.hpp"
#include "libs/base/time.hpp"
#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"
#include "libs/sql/advisory_locks.hpp"
#include "libs/sql/database.hpp"
#include "libs/stream/event_stream.hpp"
#include "libs/telemetry/metrics.hpp"

namespace dsm::outbox {

/// The table, for a service's own migrations (both dialects).
extern const char* const kSqliteSchema;
extern const char* const kPostgresqlSchema;
/// The step after it, of both dialects.
extern const char* const kRefusalsSchema;

struct Message {
    std::string
        destination;  ///< the service's own word: "stream:dsm:events", "chronicle:/v1/notes/…"
    std::string order_key;  ///< messages of one key and destination keep their order
    std::string event_id;   ///< by which the receiver drops repeats
    std::string event_type;
    std::string payload;  ///< one JSON document
    std::string correlation_id;
    std::string traceparent;
};

struct Row {
    std::int64_t id = 0;
    Message message;
    int attempts = 0;
    std::string reserved_entry_id;  ///< stream entry id fixed before the append; empty: none yet
    std::string why;                ///< what its receiver said when it refused the row last
};

/// Adds a message inside the caller's write transaction. Throws SOCI's errors, as all work there
/// does.
void enqueue(soci::session& session, const Message& message, Instant now);

/// kDelivered: done, the row is marked. kRetry: the destination is down, its rows wait (backoff).
/// kRefused: the receiver will not have this row; it is tried again, and parked once `Suspicion`
/// lays the fault at the row. kPoison: known without the receiver that the row can never be
/// delivered; it is parked at once. kIdTaken: the stream is ahead of the row's entry id for another
/// reason than this row; it needs a later one.
enum class Delivery { kDelivered, kRetry, kRefused, kPoison, kIdTaken };

/// What one attempt led to. A bare `Delivery` converts, so that most answers need no more.
struct Delivered {
    Delivered(Delivery outcome) : what(outcome) {}
    Delivered(Delivery outcome, std::string reason,
              std::optional<std::chrono::seconds> wait = std::nullopt)
        : what(outcome), why(std::move(reason)), retry_after(wait) {}

    Delivery what;
    std::string why;  ///< of kRetry, kRefused and kPoison: what the destination said, for people
    /// Of kRetry: how long the destination asked to be left alone. Obeyed up to
    /// `kLongestRetryAfter`.
    std::optional<std::chrono::seconds> retry_after;
};
inline constexpr std::chrono::seconds kLongestRetryAfter{300};

using Deliver = std::function<boost::asio::awaitable<Delivered>(const Row&)>;

/// When a row that its receiver refuses is parked: refused `refusals` times, over `lasts`, and
/// after `contradicted` of these refusals the receiver took another row. For `lasts` at most, later
/// rows of its key wait for it. `ill_after` different rows refused with none taken: the receiver is
/// ill, and others wait until it takes one again.
struct Suspicion {
    int refusals = 5;
    int contradicted = 2;
    int ill_after = 32;
    std::chrono::milliseconds lasts{60'000};
    std::chrono::milliseconds first_wait{1'000};  ///< doubles from refusal to refusal
    std::chrono::milliseconds longest_wait{60'000};
};

struct RelaySettings {
    std::string service;
    std::size_t batch = 128;
    std::chrono::hours retention{24 * 7};  ///< delivered rows are kept this long
    /// Where rows for "stream:…" go; what it lost of the delivered rows is published again.
    stream::EventStream* events = nullptr;
    std::size_t stream_max_length = 100'000;
    std::chrono::milliseconds check_streams_every{30'000};  ///< also when nothing is delivered
    /// With other processes on this store: one of them delivers. None: this one always does.
    sql::AdvisoryLocks* turns = nullptr;
    Suspicion suspicion;
};

/// Delivers in order of id within a destination; one destination being down does not hold up
/// another. Runs on the service's executor.
class Relay {
public:
    Relay(sql::Database& database, Deliver deliver, RelaySettings settings, const rt::Clock& clock,
          rt::Random& random, telemetry::Metrics& metrics);
    ~Relay();

    /// Until cancelled. Looks at once after `wake()`, else every second.
    boost::asio::awaitable<void> run();
    /// Something was enqueued and committed.
    void wake();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dsm::outbox

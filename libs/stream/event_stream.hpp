// The event stream port: append, read by consumer group, acknowledge, reclaim. Redis Streams'
// meaning.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "libs/rt/call_policy.hpp"
#include "libs/rt/clock.hpp"
#include "libs/rt/dependency.hpp"

namespace dsm::stream {

/// What is appended. Stored as the fields `data`, `event_type`, `event_id`, in this order.
struct Event {
    std::string data;  ///< one JSON document
    std::string event_type;
    std::string event_id;
    std::string why = {};  ///< of a dead letter: who parked it, and why; a field `why` unless empty
};

struct Entry {
    std::string id;  ///< "<ms>-<seq>", ordered within a stream
    Event event;
    std::int64_t deliveries = 1;  ///< how often it was handed to a consumer, this time included
};

/// "<ms>-<seq>" as two numbers; false for anything else.
bool parse_entry_id(const std::string& id, std::uint64_t& ms, std::uint64_t& seq);

/// Where a stream ends.
struct StreamEnd {
    std::string last_id;  ///< the largest id it ever gave, also of a removed entry; "" without one
    std::uint64_t length = 0;
};

/// How far a group is behind its stream.
struct GroupLag {
    /// Entries that no consumer of the group got yet; nullopt where the stream cannot tell (Redis
    /// before 7, or after entries were removed).
    std::optional<std::uint64_t> waiting;
    std::uint64_t pending = 0;  ///< handed out and not acknowledged
};

struct GroupRead {
    std::string stream;
    std::string group;
    std::string consumer;
    std::size_t count = 64;
    std::chrono::milliseconds wait{0};  ///< how long to wait when there is nothing new
};

/// One object may serve several services of a process: every function is safe from any thread and
/// resumes on its caller's executor. Errors: kUnavailable (not there, or refused: the message says
/// which), kUnknown (an append whose answer was lost), kConflict (an explicit id that is not larger
/// than the last one), kNotFound (the group is not there: make it again), kInvalid (no entry id).
class EventStream {
public:
    virtual ~EventStream() = default;

    /// Appends and trims to about `max_length`; gives the entry's id. `id` empty: the stream makes
    /// it.
    virtual boost::asio::awaitable<Result<std::string>> append(std::string stream, Event event,
                                                               std::size_t max_length,
                                                               std::string id,
                                                               rt::Deadline deadline) = 0;

    /// Makes the group from the stream's beginning (`0 MKSTREAM`); one that exists is a success.
    virtual boost::asio::awaitable<Result<void>> ensure_group(std::string stream, std::string group,
                                                              rt::Deadline deadline) = 0;

    /// New entries for this consumer, oldest first; they stay pending until acknowledged. Empty
    /// after `wait`.
    virtual boost::asio::awaitable<Result<std::vector<Entry>>> read_group(
        GroupRead read, rt::Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<void>> acknowledge(std::string stream, std::string group,
                                                             std::vector<std::string> ids,
                                                             rt::Deadline deadline) = 0;

    /// Takes over what any consumer of the group left pending for at least `idle` (XAUTOCLAIM).
    virtual boost::asio::awaitable<Result<std::vector<Entry>>> reclaim(
        GroupRead read, std::chrono::milliseconds idle, rt::Deadline deadline) = 0;

    /// Entries after `after` ("" or "0": from the oldest retained), oldest first, without any
    /// group.
    virtual boost::asio::awaitable<Result<std::vector<Entry>>> range(std::string stream,
                                                                     std::string after,
                                                                     std::size_t count,
                                                                     rt::Deadline deadline) = 0;

    /// Removes entries; those that are not there are a success.
    virtual boost::asio::awaitable<Result<void>> remove(std::string stream,
                                                        std::vector<std::string> ids,
                                                        rt::Deadline deadline) = 0;

    /// A stream that is not there ends at its beginning.
    virtual boost::asio::awaitable<Result<StreamEnd>> end(std::string stream,
                                                          rt::Deadline deadline) = 0;

    /// kNotFound without the group.
    virtual boost::asio::awaitable<Result<GroupLag>> lag(std::string stream, std::string group,
                                                         rt::Deadline deadline) = 0;

    /// False too while the last append to one of its streams was refused.
    virtual boost::asio::awaitable<bool> healthy(rt::Deadline deadline) = 0;

    /// How long every call will be refused without being made, because so many failed; zero: one
    /// may be. Whoever comes again after a failure waits for this and for nothing else.
    virtual std::chrono::milliseconds closed_for() const { return {}; }
    /// What the policy made of all calls; none where no policy applies.
    virtual std::optional<rt::CallTally> tally() const { return std::nullopt; }
};

/// Streams in a SQLite file; several processes may open the same one. Wakes its own waiters at once
/// and looks for others' entries once a second.
Result<std::unique_ptr<EventStream>> open_sql_stream(const std::string& path,
                                                     const rt::Clock& clock);

struct RedisSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;
    int db = 0;
    std::string password;  ///< empty: no AUTH; never logged
    /// Of each command; a second's open time, since all who wait for Redis wait for its breaker.
    rt::CallPolicy policy{.breaker = {.open_for = std::chrono::seconds(1)}};
};

/// Connects when first needed, and again after a failure; never fails here.
std::unique_ptr<EventStream> make_redis_stream(RedisSettings settings, const rt::Clock& clock);

}  // namespace dsm::stream

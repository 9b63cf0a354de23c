// The stream port on Redis Streams (Redis 6.2 or later, for XAUTOCLAIM).
#include <hiredis/hiredis.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "libs/rt/blocking_pool.hpp"
#include "libs/stream/event_stream.hpp"
#include "libs/stream/redis_connection.hpp"
#include "libs/stream/redis_replies.hpp"

namespace dsm::stream {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr std::size_t kCommandThreads = 4;
/// One blocked reader holds one of these; more readers than threads take turns, slice by slice.
constexpr std::size_t kReaderThreads = 8;
constexpr std::size_t kQueueLimit = 4096;
/// Short, so that a stopping process is not kept by a thread that waits in Redis.
constexpr milliseconds kBlockSlice{500};
/// What the answer to a blocking read may take beyond its slice.
constexpr milliseconds kAnswerSlack{2'000};

using Entries = Result<std::vector<Entry>>;

class RedisStream final : public EventStream {
public:
    RedisStream(RedisSettings settings, const rt::Clock& clock)
        : timeout_(settings.policy.timeout),
          connections_(std::move(settings), clock),
          clock_(clock),
          commands_(kCommandThreads, kQueueLimit),
          readers_(kReaderThreads, kQueueLimit) {}

    asio::awaitable<Result<std::string>> append(std::string stream, Event event,
                                                std::size_t max_length, std::string id,
                                                rt::Deadline deadline) override {
        auto added = co_await commands_.run([&]() -> Result<std::string> {
            Command command{"XADD",
                            stream,
                            "MAXLEN",
                            "~",
                            std::to_string(max_length),
                            id.empty() ? "*" : id,
                            "data",
                            event.data,
                            "event_type",
                            event.event_type,
                            "event_id",
                            event.event_id};
            if (!event.why.empty()) command.insert(command.end(), {"why", event.why});
            auto reply = ask(command, stream, Repeat::kUnsafe, deadline);
            note_append(stream, reply || reply.error().code == ErrorCode::kConflict);
            if (!reply) return std::unexpected(reply.error());
            return text_of(reply->get());
        });
        co_return added;
    }

    asio::awaitable<Result<void>> ensure_group(std::string stream, std::string group,
                                               rt::Deadline deadline) override {
        auto made = co_await commands_.run([&]() -> Result<void> {
            auto reply = ask({"XGROUP", "CREATE", stream, group, "0", "MKSTREAM"}, stream,
                             Repeat::kSafe, deadline);
            const bool exists =
                !reply && reply.error().message.find("BUSYGROUP") != std::string::npos;
            if (!reply && !exists) return std::unexpected(reply.error());
            return {};
        });
        co_return made;
    }

    asio::awaitable<Entries> read_group(GroupRead read, rt::Deadline deadline) override {
        const auto until = deadline.sooner(rt::Deadline::after(clock_, read.wait));
        while (true) {
            const auto slice = std::min(until.left(clock_), kBlockSlice);
            auto entries = co_await readers_.run([&] { return read_once(read, slice, deadline); });
            if (!entries || !entries->empty() || until.passed(clock_)) co_return entries;
            const auto state = co_await asio::this_coro::cancellation_state;
            if (state.cancelled() != asio::cancellation_type::none) co_return entries;
        }
    }

    asio::awaitable<Result<void>> acknowledge(std::string stream, std::string group,
                                              std::vector<std::string> ids,
                                              rt::Deadline deadline) override {
        if (ids.empty()) co_return Result<void>{};
        auto done = co_await commands_.run([&]() -> Result<void> {
            Command command{"XACK", stream, group};
            command.insert(command.end(), ids.begin(), ids.end());
            auto reply = ask(command, stream, Repeat::kSafe, deadline);
            if (!reply) return std::unexpected(reply.error());
            return {};
        });
        co_return done;
    }

    asio::awaitable<Entries> reclaim(GroupRead read, milliseconds idle,
                                     rt::Deadline deadline) override {
        auto entries = co_await commands_.run([&] { return claim(read, idle, deadline); });
        co_return entries;
    }

    asio::awaitable<Entries> range(std::string stream, std::string after, std::size_t count,
                                   rt::Deadline deadline) override {
        auto entries = co_await commands_.run([&]() -> Entries {
            const std::string from = after.empty() || after == "0" ? "-" : "(" + after;
            auto reply = ask({"XRANGE", stream, from, "+", "COUNT", std::to_string(count)}, stream,
                             Repeat::kSafe, deadline);
            if (!reply) return std::unexpected(reply.error());
            return entries_of(reply->get());
        });
        co_return entries;
    }

    asio::awaitable<Result<void>> remove(std::string stream, std::vector<std::string> ids,
                                         rt::Deadline deadline) override {
        if (ids.empty()) co_return Result<void>{};
        auto done = co_await commands_.run([&]() -> Result<void> {
            Command command{"XDEL", stream};
            command.insert(command.end(), ids.begin(), ids.end());
            auto reply = ask(command, stream, Repeat::kSafe, deadline);
            if (!reply) return std::unexpected(reply.error());
            return {};
        });
        co_return done;
    }

    asio::awaitable<Result<StreamEnd>> end(std::string stream, rt::Deadline deadline) override {
        auto found = co_await commands_.run([&]() -> Result<StreamEnd> {
            auto reply = ask({"XINFO", "STREAM", stream}, stream, Repeat::kSafe, deadline);
            if (reply) return end_of(**reply);
            const bool absent = reply.error().message.find("no such key") != std::string::npos;
            if (absent) return StreamEnd{};
            return std::unexpected(reply.error());
        });
        co_return found;
    }

    asio::awaitable<Result<GroupLag>> lag(std::string stream, std::string group,
                                          rt::Deadline deadline) override {
        auto found = co_await commands_.run([&]() -> Result<GroupLag> {
            auto reply = ask({"XINFO", "GROUPS", stream}, stream, Repeat::kSafe, deadline);
            const bool absent =
                !reply && reply.error().message.find("no such key") != std::string::npos;
            if (!reply && !absent) return std::unexpected(reply.error());
            const auto lag = absent ? std::nullopt : lag_of(**reply, group);
            if (lag) return *lag;
            return fail(ErrorCode::kNotFound,
                        fmt::format("stream {} has no group {}", stream, group));
        });
        co_return found;
    }

    asio::awaitable<bool> healthy(rt::Deadline deadline) override {
        auto answered = co_await commands_.run([&]() -> Result<void> {
            auto reply = ask({"PING"}, "-", Repeat::kSafe, deadline);
            if (!reply) return std::unexpected(reply.error());
            return {};
        });
        std::lock_guard lock(mutex_);
        co_return answered.has_value() && refusing_.empty();
    }

    milliseconds closed_for() const override { return connections_.gate().closed_for(); }
    std::optional<rt::CallTally> tally() const override { return connections_.gate().tally(); }

private:
    /// The reply, with error replies turned into errors. Runs on a pool thread.
    Result<ReplyPtr> ask(const Command& command, const std::string& stream, Repeat repeat,
                         rt::Deadline deadline) {
        const auto own = rt::Deadline::after(clock_, timeout_);
        return tell(connections_.send(command, repeat, deadline.sooner(own)), command, stream);
    }

    static Result<ReplyPtr> tell(Result<ReplyPtr> reply, const Command& command,
                                 const std::string& stream) {
        if (reply && is_error_reply(**reply)) {
            return std::unexpected(error_of(**reply, command.front(), stream));
        }
        return reply;
    }

    void note_append(const std::string& stream, bool taken) {
        std::lock_guard lock(mutex_);
        if (taken) {
            refusing_.erase(stream);
        } else {
            refusing_.insert(stream);
        }
    }

    Entries read_once(const GroupRead& read, milliseconds slice, rt::Deadline deadline) {
        Command command{"XREADGROUP",  "GROUP", read.group,
                        read.consumer, "COUNT", std::to_string(read.count)};
        if (slice.count() > 0) {
            command.insert(command.end(), {"BLOCK", std::to_string(slice.count())});
        }
        command.insert(command.end(), {"STREAMS", read.stream, ">"});
        const auto slack = std::min(kAnswerSlack, timeout_);
        const auto answer_by = rt::Deadline::after(clock_, slice + slack).sooner(deadline);
        auto reply =
            tell(connections_.send(command, Repeat::kSafe, answer_by), command, read.stream);
        if (!reply) return std::unexpected(reply.error());
        return entries_of(element_of(element_of(reply->get(), 0), 1));
    }

    Entries claim(const GroupRead& read, milliseconds idle, rt::Deadline deadline) {
        std::string cursor = "0-0";
        std::vector<Entry> entries;
        do {
            auto reply =
                ask({"XAUTOCLAIM", read.stream, read.group, read.consumer,
                     std::to_string(idle.count()), cursor, "COUNT", std::to_string(read.count)},
                    read.stream, Repeat::kSafe, deadline);
            if (!reply) return std::unexpected(reply.error());
            cursor = text_of(element_of(reply->get(), 0));
            entries = entries_of(element_of(reply->get(), 1));
        } while (entries.empty() && cursor != "0-0" && !deadline.passed(clock_));
        if (entries.empty()) return entries;
        auto counted = count_deliveries(read, entries, deadline);
        if (!counted) return std::unexpected(counted.error());
        return entries;
    }

    /// XAUTOCLAIM does not say how often an entry was delivered; XPENDING does.
    Result<void> count_deliveries(const GroupRead& read, std::vector<Entry>& entries,
                                  rt::Deadline deadline) {
        for (auto& entry : entries) {
            auto reply = ask({"XPENDING", read.stream, read.group, entry.id, entry.id, "1"},
                             read.stream, Repeat::kSafe, deadline);
            if (!reply) return std::unexpected(reply.error());
            const auto* count = element_of(element_of(reply->get(), 0), 3);
            if (count != nullptr) entry.deliveries = count->integer;
        }
        return {};
    }

    const milliseconds timeout_;
    RedisConnections connections_;
    const rt::Clock& clock_;
    rt::BlockingPool commands_;
    rt::BlockingPool readers_;
    std::mutex mutex_;
    std::set<std::string> refusing_;  ///< streams whose last append was not taken
};

}  // namespace

std::unique_ptr<EventStream> make_redis_stream(RedisSettings settings, const rt::Clock& clock) {
    return std::make_unique<RedisStream>(std::move(settings), clock);
}

}  // namespace dsm::stream

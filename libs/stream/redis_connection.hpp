// Connections to one Redis server: made when needed, lent to one thread at a time. Internal to
// libs/stream; everything here blocks, for a bounded time.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "libs/stream/event_stream.hpp"

struct redisContext;
struct redisReply;

namespace dsm::stream {

struct ContextDeleter {
    void operator()(redisContext* context) const;
};
using ContextPtr = std::unique_ptr<redisContext, ContextDeleter>;

struct ReplyDeleter {
    void operator()(redisReply* reply) const;
};
using ReplyPtr = std::unique_ptr<redisReply, ReplyDeleter>;

using Command = std::vector<std::string>;

/// What a lost connection means for a command.
enum class Repeat {
    kSafe,   ///< sent once more on a new connection; then kUnavailable
    kUnsafe  ///< kUnknown as soon as it may have been sent
};

/// Safe from any thread.
class RedisConnections {
public:
    RedisConnections(RedisSettings settings, const rt::Clock& clock)
        : settings_(std::move(settings)), clock_(clock) {}

    /// The reply, which may be an error reply of the server's. Messages name the command and the
    /// server and never an argument, so never the password.
    Result<ReplyPtr> send(const Command& command, Repeat repeat, rt::Deadline deadline);

private:
    /// An idle connection that is still open, or a new one, signed in.
    Result<ContextPtr> take(rt::Deadline deadline);
    Result<ContextPtr> connect(rt::Deadline deadline) const;
    Result<void> sign_in(redisContext& context) const;
    void give_back(ContextPtr context);
    Error unavailable(const std::string& why) const;

    const RedisSettings settings_;
    const rt::Clock& clock_;
    std::mutex mutex_;
    std::vector<ContextPtr> idle_;
};

}  // namespace dsm::stream

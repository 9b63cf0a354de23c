// Connections to one Redis server: made when needed, lent to one thread at a time. Internal to
// libs/stream; everything here blocks, for a bounded time.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "libs/rt/random.hpp"
#include "libs/stream/event_stream.hpp"
#include "libs/stream/redis_gate.hpp"

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
    kSafe,   ///< sent again on a new connection, as the policy allows; then kUnavailable
    kUnsafe  ///< kUnknown as soon as it may have been sent
};

/// Safe from any thread.
class RedisConnections {
public:
    RedisConnections(RedisSettings settings, const rt::Clock& clock)
        : settings_(std::move(settings)), clock_(clock), gate_(settings_.policy, clock) {}

    /// Nothing is sent, kUnavailable, while the server is left alone. The reply, which may be an
    /// error reply of the server's. Messages name the command and the server and never an argument,
    /// so never the password.
    Result<ReplyPtr> send(const Command& command, Repeat repeat, rt::Deadline deadline);

    const RedisGate& gate() const { return gate_; }

private:
    /// What a server that lets nobody in says goes to `pass`. An idle connection that is still
    /// open, or a new one, signed in.
    Result<ContextPtr> take(rt::Deadline deadline, RedisGate::Pass& pass);
    Result<ContextPtr> connect(rt::Deadline deadline, RedisGate::Pass& pass) const;
    Result<void> sign_in(redisContext& context, RedisGate::Pass& pass) const;
    Result<ReplyPtr> exchange(const Command& command, Repeat repeat, rt::Deadline deadline,
                              RedisGate::Pass& pass);
    void give_back(ContextPtr context);
    Error unavailable(const std::string& why) const;

    const RedisSettings settings_;
    const rt::Clock& clock_;
    RedisGate gate_;
    const std::unique_ptr<rt::Random> random_ = rt::make_system_random();
    std::mutex mutex_;
    std::vector<ContextPtr> idle_;
};

}  // namespace dsm::stream

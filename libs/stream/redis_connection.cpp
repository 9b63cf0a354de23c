// hiredis' blocking calls, each with what is left of the deadline as its socket timeout.
#include "libs/stream/redis_connection.hpp"

#include <hiredis/hiredis.h>
#include <poll.h>

#include <algorithm>

#include "libs/failpoint/failpoint.hpp"
#include "libs/rt/backoff.hpp"
#include "libs/rt/blocking_pool.hpp"
#include "libs/rt/patience.hpp"
#include "libs/stream/redis_replies.hpp"

namespace dsm::stream {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnectLimit{3'000};

timeval to_timeval(milliseconds duration) {
    // Zero would mean "no limit".
    const auto ms = std::max<std::int64_t>(duration.count(), 1);
    return {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
}

const failpoint::Point kBefore("redis.before");
const failpoint::Point kSent("redis.sent");
const failpoint::Point kAnswered("redis.answered");

/// An idle connection has nothing to say: anything readable on it is its end.
bool is_open(const redisContext& context) {
    pollfd descriptor{.fd = context.fd, .events = POLLIN, .revents = 0};
    return poll(&descriptor, 1, 0) == 0;
}

/// Sends what was appended; reading the reply does it too.
void flush(redisContext& context) {
    int done = 0;
    while (done == 0 && redisBufferWrite(&context, &done) == REDIS_OK) {
    }
}

ReplyPtr call(redisContext& context, const Command& command) {
    std::vector<const char*> words;
    std::vector<std::size_t> lengths;
    for (const auto& word : command) {
        words.push_back(word.data());
        lengths.push_back(word.size());
    }
    const std::string& verb = command.front();
    if (kBefore.hit(verb) != failpoint::Effect::kNone) return nullptr;
    redisAppendCommandArgv(&context, static_cast<int>(words.size()), words.data(), lengths.data());
    if (kSent.armed(verb)) flush(context);
    if (kSent.hit(verb) != failpoint::Effect::kNone) return nullptr;
    void* reply = nullptr;
    if (redisGetReply(&context, &reply) != REDIS_OK) return nullptr;
    ReplyPtr answer(static_cast<redisReply*>(reply));
    return kAnswered.hit(verb) == failpoint::Effect::kNone ? std::move(answer) : nullptr;
}

bool is_error(const ReplyPtr& reply) {
    return reply && reply->type == REDIS_REPLY_ERROR;
}

}  // namespace

void ContextDeleter::operator()(redisContext* context) const {
    redisFree(context);
}
void ReplyDeleter::operator()(redisReply* reply) const {
    freeReplyObject(reply);
}

Error RedisConnections::unavailable(const std::string& why) const {
    return {ErrorCode::kUnavailable,
            fmt::format("Redis at {}:{}: {}", settings_.host, settings_.port, why)};
}

Result<ContextPtr> RedisConnections::connect(rt::Deadline deadline, RedisGate::Pass& pass) const {
    const auto limit = std::min(deadline.left(clock_), kConnectLimit);
    ContextPtr context(
        redisConnectWithTimeout(settings_.host.c_str(), settings_.port, to_timeval(limit)));
    if (!context) return std::unexpected(unavailable("out of memory"));
    if (context->err != 0) return std::unexpected(unavailable(context->errstr));
    redisEnableKeepAlive(context.get());
    redisSetTimeout(context.get(), to_timeval(deadline.left(clock_)));
    auto signed_in = sign_in(*context, pass);
    if (!signed_in) return std::unexpected(signed_in.error());
    return context;
}

Result<void> RedisConnections::sign_in(redisContext& context, RedisGate::Pass& pass) const {
    // Without a password, PING finds out whether one is asked for: other commands answer that
    // with a riddle ("unauthenticated multibulk length").
    const bool has_password = !settings_.password.empty();
    const auto greeting =
        call(context, has_password ? Command{"AUTH", settings_.password} : Command{"PING"});
    if (!greeting) return std::unexpected(unavailable(context.errstr));
    if (is_error(greeting)) pass.answered(greeting->str);
    const bool refused =
        is_error(greeting) && !std::string_view(greeting->str).starts_with("LOADING");
    if (refused && has_password) {
        return std::unexpected(unavailable("the password was refused: correct REDIS_PASSWORD"));
    }
    if (is_error(greeting)) {
        const std::string advice = advice_for(greeting->str);
        const char* const between = advice.empty() ? "" : "; ";
        return std::unexpected(unavailable(greeting->str + (between + advice)));
    }
    if (settings_.db != 0) {
        const auto reply = call(context, {"SELECT", std::to_string(settings_.db)});
        if (!reply) return std::unexpected(unavailable(context.errstr));
        if (is_error(reply)) {
            pass.answered(reply->str);
            return std::unexpected(
                unavailable(fmt::format("database {} was refused: {}", settings_.db, reply->str)));
        }
    }
    return {};
}

Result<ContextPtr> RedisConnections::take(rt::Deadline deadline, RedisGate::Pass& pass) {
    {
        std::lock_guard lock(mutex_);
        while (!idle_.empty()) {
            auto context = std::move(idle_.back());
            idle_.pop_back();
            if (is_open(*context)) return context;
        }
    }
    return connect(deadline, pass);
}

void RedisConnections::give_back(ContextPtr context) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(context));
}

Result<ReplyPtr> RedisConnections::send(const Command& command, Repeat repeat,
                                        rt::Deadline deadline) {
    if (deadline.passed(clock_)) {
        return std::unexpected(unavailable("no time was left for " + command.front()));
    }
    auto pass = gate_.admit();
    if (!pass) return std::unexpected(unavailable(pass.error()));
    const rt::Patience patience(deadline, settings_.policy.timeout, clock_);
    auto reply = exchange(command, repeat, deadline, *pass);
    if (reply) {
        pass->answered(is_error(*reply) ? (*reply)->str : "");
    } else if (!patience.too_short(clock_)) {
        pass->unanswered(reply.error().message);
    }
    return reply;
}

Result<ReplyPtr> RedisConnections::exchange(const Command& command, Repeat repeat,
                                            rt::Deadline deadline, RedisGate::Pass& pass) {
    rt::Backoff backoff(settings_.policy.backoff, *random_);
    while (true) {
        auto context = take(deadline, pass);
        if (!context) return std::unexpected(context.error());
        redisSetTimeout(context->get(), to_timeval(deadline.left(clock_)));
        auto reply = call(**context, command);
        if (reply) {
            const bool useless = is_error(reply) && ends_connection(reply->str);
            if (!useless) give_back(std::move(*context));
            return reply;
        }
        const std::string why = fmt::format("{}: {}", command.front(), (*context)->errstr);
        if (repeat == Repeat::kUnsafe) {
            return fail(ErrorCode::kUnknown, unavailable(why).message);
        }
        const auto wait = backoff.next();
        if (deadline.left(clock_) <= wait || !pass.may_repeat()) {
            return std::unexpected(unavailable(why));
        }
        rt::pause(wait);
    }
}

}  // namespace dsm::stream

#include "libs/stream/redis_gate.hpp"

#include <fmt/format.h>

#include <utility>

#include "libs/stream/redis_replies.hpp"

namespace dsm::stream {

RedisGate::Pass::~Pass() {
    std::lock_guard lock(gate_.mutex_);
    ticket_.reset();
}

void RedisGate::Pass::answered(const std::string& said) {
    if (is_illness(said)) return unanswered(said);
    std::lock_guard lock(gate_.mutex_);
    if (auto ticket = std::exchange(ticket_, std::nullopt)) ticket->well();
}

void RedisGate::Pass::unanswered(std::string why) {
    std::lock_guard lock(gate_.mutex_);
    if (auto ticket = std::exchange(ticket_, std::nullopt)) ticket->ill(std::move(why));
}

bool RedisGate::Pass::may_repeat() {
    std::lock_guard lock(gate_.mutex_);
    return made_++ < gate_.attempts_ && gate_.redis_.repeats().take();
}

std::expected<RedisGate::Pass, std::string> RedisGate::admit() {
    std::unique_lock lock(mutex_);
    auto ticket = redis_.admit();
    if (ticket) {
        redis_.repeats().begin_call();
        lock.unlock();  // a pass that is moved from locks too
        return Pass(*this, std::move(*ticket));
    }
    return std::unexpected(
        fmt::format("it failed again and again and is not asked for {} s; last: {}",
                    ticket.error().count(), redis_.last_error()));
}

std::chrono::seconds RedisGate::closed_for() const {
    std::lock_guard lock(mutex_);
    return redis_.wait().value_or(std::chrono::seconds(0));
}

rt::CallTally RedisGate::tally() const {
    std::lock_guard lock(mutex_);
    return redis_.tally();
}

}  // namespace dsm::stream

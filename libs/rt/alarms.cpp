// The alarms by their deadline, and the thread that waits for the next one.
#include "libs/rt/alarms.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace dsm::rt {

using Pending = std::multimap<Steady, std::function<void()>>;

struct Alarms::State {
    void run(const std::stop_token& stop) {
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
            if (pending.empty()) {
                changed.wait(lock, stop, [this] { return !pending.empty(); });
                continue;
            }
            const auto next = pending.begin()->first;
            const bool sooner = changed.wait_until(lock, stop, next, [this, next] {
                return pending.empty() || pending.begin()->first != next;
            });
            if (!sooner && !stop.stop_requested()) ring_first();
        }
    }

    /// Under the lock, so that who disarms an alarm does not come in the middle of its ringing.
    void ring_first() {
        const auto ring = std::move(pending.extract(pending.begin()).mapped());
        ring();
    }

    std::mutex mutex;
    std::condition_variable_any changed;
    Pending pending;
    std::jthread thread;  ///< last: it uses the members above
};

namespace {

/// Where an alarm stands; under the mutex of its owner.
struct Place {
    Pending::iterator at;
    bool rang = false;
    bool disarmed = false;
};

class SetAlarm final : public Alarms::Alarm {
public:
    SetAlarm(std::mutex& mutex, Pending& pending, Deadline deadline, std::function<void()> ring)
        : mutex_(mutex), pending_(pending) {
        place_.at = pending_.emplace(deadline.at, [this, ring = std::move(ring)] {
            place_.rang = true;
            ring();
        });
    }
    ~SetAlarm() override { disarm(); }
    SetAlarm(const SetAlarm&) = delete;
    SetAlarm& operator=(const SetAlarm&) = delete;

    bool disarm() override {
        std::lock_guard lock(mutex_);
        if (!place_.rang && !place_.disarmed) pending_.erase(place_.at);
        place_.disarmed = true;
        return place_.rang;
    }

private:
    std::mutex& mutex_;
    Pending& pending_;
    Place place_;
};

}  // namespace

Alarms::Alarms() : state_(std::make_unique<State>()) {
    state_->thread =
        std::jthread([state = state_.get()](std::stop_token stop) { state->run(stop); });
}

Alarms::~Alarms() = default;

std::unique_ptr<Alarms::Alarm> Alarms::set(Deadline deadline, std::function<void()> ring) {
    std::lock_guard lock(state_->mutex);
    auto alarm =
        std::make_unique<SetAlarm>(state_->mutex, state_->pending, deadline, std::move(ring));
    state_->changed.notify_one();
    return alarm;
}

}  // namespace dsm::rt

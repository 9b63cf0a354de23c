#include "services/orchestrator/app/flights.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <deque>

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

using Timer = asio::steady_timer;

constexpr const char* kTooLong = "The orchestration took too long.";

}  // namespace

struct Flights::Flight {
    Command command;
    std::string likeness;
    Call call;                  ///< trace of its first request
    rt::Steady wanted_until{};  ///< the latest deadline of its requests
    std::vector<IdempotencyKey> keys;
    std::vector<std::shared_ptr<Timer>> waiting;  ///< cancelled when the outcome is there
    std::optional<Outcome<Answer>> outcome;

    void land(Outcome<Answer> result) {
        outcome = std::move(result);
        for (const auto& timer : waiting) timer->cancel();
    }
};

/// The flights of one project that have not begun yet.
struct Flights::Lane {
    std::deque<std::shared_ptr<Flight>> queue;
    std::size_t waiting = 0;
};

Flights::Flights(rt::TaskScope& scope, const rt::Clock& clock,
                 std::chrono::milliseconds flight_timeout, std::size_t waiting_limit, Fly fly)
    : scope_(scope),
      clock_(clock),
      flight_timeout_(flight_timeout),
      waiting_limit_(waiting_limit),
      fly_(std::move(fly)) {}

Flights::~Flights() = default;

std::shared_ptr<Flights::Flight> Flights::board(Lane& lane, Wish wish, const Call& call) {
    const auto same = std::ranges::find(lane.queue, wish.likeness, &Flight::likeness);
    std::shared_ptr<Flight> flight;
    if (same != lane.queue.end()) {
        flight = *same;
    } else {
        flight = std::make_shared<Flight>(Flight{.command = std::move(wish.command),
                                                 .likeness = std::move(wish.likeness),
                                                 .call = call});
        lane.queue.push_back(flight);
    }
    flight->wanted_until = std::max(flight->wanted_until, call.deadline.at);
    if (wish.key) flight->keys.push_back(std::move(*wish.key));
    ++lane.waiting;
    return flight;
}

asio::awaitable<Outcome<Answer>> Flights::join(Wish wish, Call call) {
    const rt::Steady patience = call.deadline.at;
    return ride(std::move(wish), std::move(call), patience);
}

asio::awaitable<Outcome<Answer>> Flights::see_through(Wish wish, Call call) {
    return ride(std::move(wish), std::move(call), rt::Steady::max());
}

asio::awaitable<Outcome<Answer>> Flights::ride(Wish wish, Call call, rt::Steady patience) {
    if (scope_.cancelled()) co_return failed(503, "The orchestrator is stopping.");
    const ProjectId project = wish.command.project;
    auto& lane = lanes_[project];
    const bool idle = !lane;
    if (idle) lane = std::make_unique<Lane>();
    if (lane->waiting >= waiting_limit_) {
        co_return failed(503, "Too many requests wait for this project.");
    }
    const auto flight = board(*lane, std::move(wish), call);
    const auto timer = std::make_shared<Timer>(scope_.executor(), patience);
    flight->waiting.push_back(timer);
    if (idle) {
        scope_.spawn("orchestrate " + project.str(), [this, project] { return fly_all(project); });
    }
    if (!flight->outcome) co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    if (!flight->outcome) co_return failed(503, kTooLong);
    co_return *flight->outcome;
}

asio::awaitable<void> Flights::fly_all(ProjectId project) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Lane& lane = *lanes_.at(project);
    while (!lane.queue.empty()) {
        const auto flight = lane.queue.front();
        lane.queue.pop_front();
        lane.waiting -= std::min(lane.waiting, flight->waiting.size());
        if (scope_.cancelled()) {
            flight->land(failed(503, "The orchestrator is stopping."));
            continue;
        }
        // All its requests were told 503 by now: to act minutes later would surprise them.
        if (clock_.steady() >= flight->wanted_until) {
            flight->land(failed(503, kTooLong));
            continue;
        }
        flight->call.deadline = rt::Deadline::after(clock_, flight_timeout_);
        auto outcome = co_await fly_(flight->command, flight->keys, flight->call);
        flight->land(std::move(outcome));
    }
    lanes_.erase(project);
}

}  // namespace dsm::orchestrator

#include "services/orchestrator/app/flights.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <deque>

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

using Timer = asio::steady_timer;

std::unexpected<Failure> stopping() {
    return later(kStopping);
}

/// A turn that is of no use any more once the process cuts off what is in progress.
class FlightTurn final : public Turn {
public:
    FlightTurn(std::shared_ptr<const Turn> turn, const rt::TaskScope& scope)
        : turn_(std::move(turn)), scope_(scope) {}
    bool held() const override { return !scope_.cancelled() && turn_->held(); }
    const char* why_lost() const override {
        return scope_.cancelled() ? kStopping : turn_->why_lost();
    }

private:
    const std::shared_ptr<const Turn> turn_;
    const rt::TaskScope& scope_;
};

}  // namespace

struct Flights::Flight {
    Command command;
    std::string likeness;
    Call call;                  ///< trace of its first request
    rt::Steady wanted_until{};  ///< the latest deadline of its requests
    std::vector<IdempotencyKey> keys;
    std::vector<std::shared_ptr<Timer>> waiting;  ///< cancelled when the outcome is there
    std::vector<std::shared_ptr<Progress>> requests;
    std::optional<Landing> landing;

    Riders riders() const { return {.keys = keys, .without_key = waiting.size() > keys.size()}; }

    Outcome<Answer> answer_to(const std::optional<IdempotencyKey>& key) const {
        for (const AnsweredKey& answered : landing->answered) {
            if (key && answered.key.key == key->key && answered.key.scope == key->scope) {
                return answered.answer;
            }
        }
        return landing->answer;
    }

    /// What has begun may be done whatever becomes of its requests; a dry run does nothing.
    std::shared_ptr<Progress> take_off() {
        auto progress = std::make_shared<Progress>();
        if (command.acting == Acting::kDryRun) return progress;
        for (const auto& request : requests) request->flight = progress;
        return progress;
    }

    void land(Landing result) {
        landing = std::move(result);
        for (const auto& timer : waiting) timer->cancel();
    }
};

/// The flights of one project that have not begun yet.
struct Flights::Lane {
    std::deque<std::shared_ptr<Flight>> queue;
    std::size_t waiting = 0;
};

Flights::Flights(rt::TaskScope& scope, Turns& turns, const rt::Clock& clock,
                 std::chrono::milliseconds flight_timeout, std::size_t waiting_limit, Fly fly)
    : scope_(scope),
      turns_(turns),
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

asio::awaitable<Outcome<void>> Flights::settle(ProjectId project, Call call) {
    Wish wish{.command = {.project = std::move(project), .acting = Acting::kSettling},
              .likeness = "settle"};
    const auto settled = co_await join(std::move(wish), std::move(call));
    if (!settled) co_return std::unexpected(settled.error());
    co_return Outcome<void>{};
}

asio::awaitable<Outcome<Answer>> Flights::ride(Wish wish, Call call, rt::Steady patience) {
    if (scope_.cancelled()) co_return stopping();
    const ProjectId project = wish.command.project;
    auto& lane = lanes_[project];
    const bool idle = !lane;
    if (idle) lane = std::make_unique<Lane>();
    if (lane->waiting >= waiting_limit_) {
        co_return later("Too many requests wait for this project.");
    }
    const auto key = wish.key;
    const auto flight = board(*lane, std::move(wish), call);
    const auto timer = std::make_shared<Timer>(scope_.executor(), patience);
    flight->waiting.push_back(timer);
    const auto progress = call.progress ? call.progress : std::make_shared<Progress>();
    flight->requests.push_back(progress);
    if (idle) {
        scope_.spawn("orchestrate " + project.str(), [this, project] { return fly_all(project); });
    }
    if (!flight->landing) co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    // One that is cut off lands in a moment, and says what was done.
    const bool cut_off = scope_.cancelled() && clock_.steady() < patience;
    if (!flight->landing && cut_off) {
        co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (!flight->landing) co_return too_late(*progress);
    co_return flight->answer_to(key);
}

/// As long as one of its requests waits. Others still join meanwhile.
asio::awaitable<Result<std::shared_ptr<const Turn>>> Flights::take_turn(
    std::shared_ptr<Flight> flight) {
    Result<std::shared_ptr<const Turn>> turn;
    if (flight->command.acting == Acting::kDryRun) co_return turn;
    do {
        turn = co_await turns_.take(flight->command.project, rt::Deadline{flight->wanted_until});
    } while (!turn && turn.error().code == ErrorCode::kConflict &&
             clock_.steady() < flight->wanted_until);
    co_return turn;
}

Landing Flights::refusal(const Flight& flight,
                         const Result<std::shared_ptr<const Turn>>& turn) const {
    if (scope_.cancelled()) return {stopping()};
    // All its requests were told 503 by now: to act minutes later would surprise them.
    if (clock_.steady() >= flight.wanted_until) return {too_late(Progress{})};
    const bool busy = !turn && turn.error().code == ErrorCode::kConflict;
    if (busy) return {later("Another orchestrator is at work on this project.")};
    return {database_failed(turn ? Error{} : turn.error())};
}

asio::awaitable<void> Flights::fly_all(ProjectId project) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Lane& lane = *lanes_.at(project);
    while (!lane.queue.empty()) {
        const auto flight = lane.queue.front();
        Result<std::shared_ptr<const Turn>> turn;
        const auto is_wanted = [&] {
            return !scope_.cancelled() && clock_.steady() < flight->wanted_until;
        };
        if (is_wanted()) turn = co_await take_turn(flight);
        lane.queue.pop_front();
        lane.waiting -= std::min(lane.waiting, flight->waiting.size());
        if (!turn || !is_wanted()) {
            flight->land(refusal(*flight, turn));
            continue;
        }
        Call call{.trace = flight->call.trace,
                  .deadline = rt::Deadline::after(clock_, flight_timeout_),
                  .turn = *turn ? std::make_shared<FlightTurn>(std::move(*turn), scope_) : nullptr,
                  .progress = flight->take_off()};
        auto landing = co_await fly_(flight->command, flight->riders(), std::move(call));
        // What a dry run could not read by then says nothing of the project.
        const bool blinded = scope_.cancelled() && flight->command.acting == Acting::kDryRun;
        flight->land(blinded ? Landing{stopping()} : std::move(landing));
    }
    lanes_.erase(project);
}

}  // namespace dsm::orchestrator

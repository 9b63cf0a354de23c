// One orchestration a project at a time; equal requests that wait share the next one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/rt/clock.hpp"
#include "libs/rt/task_scope.hpp"
#include "services/orchestrator/app/orchestrator.hpp"

namespace dsm::orchestrator {

/// What one request wants.
struct Wish {
    Command command;
    std::string likeness;  ///< equal for requests with the same body and query
    std::optional<IdempotencyKey> key;
};

/// Contract section 2.1, "At once and again": a request joins only a flight that has not begun, so
/// no answer rests on reads from before its request arrived. Flights of one project follow each
/// other in the order of their first requests; projects do not wait for each other.
///
/// A flight takes its project's turn before it begins and gives it up after its record, so that
/// the same holds among all orchestrators on one database. A dry run needs none.
///
/// A flight goes on when its requests went away: what was begun is finished and recorded. One that
/// was not begun when the last of its requests ran out of time never begins.
class Flights {
public:
    using Fly = std::function<boost::asio::awaitable<Landing>(Command, Riders, Call)>;

    /// `scope` runs the flights and outlives this. Over `waiting_limit` requests a project: 503.
    Flights(rt::TaskScope& scope, Turns& turns, const rt::Clock& clock,
            std::chrono::milliseconds flight_timeout, std::size_t waiting_limit, Fly fly);
    ~Flights();

    /// The outcome of the flight that this wish came on; a Failure 503 when `call` ran out of time
    /// first, which names the decision if the flight is in the air: it goes on.
    boost::asio::awaitable<Outcome<Answer>> join(Wish wish, Call call);

    /// The same, and waits for the landing whatever the time: for a key, whose repeat shall get
    /// this outcome. It ends all the same, since every flight lands within its timeout.
    boost::asio::awaitable<Outcome<Answer>> see_through(Wish wish, Call call);

    /// Has what is open of a project settled in its turn, as an orchestration that decides nothing.
    /// A Failure 503 when `call` ran out of time first: a settlement that has begun then goes on,
    /// so that a project that takes long holds up no other.
    boost::asio::awaitable<Outcome<void>> settle(ProjectId project, Call call);

private:
    struct Flight;
    struct Lane;

    boost::asio::awaitable<Outcome<Answer>> ride(Wish wish, Call call, rt::Steady patience);
    std::shared_ptr<Flight> board(Lane& lane, Wish wish, const Call& call);
    boost::asio::awaitable<void> fly_all(ProjectId project);
    boost::asio::awaitable<Result<std::shared_ptr<const Turn>>> take_turn(
        std::shared_ptr<Flight> flight);
    Landing refusal(const Flight& flight, const Result<std::shared_ptr<const Turn>>& turn) const;

    rt::TaskScope& scope_;
    Turns& turns_;
    const rt::Clock& clock_;
    std::chrono::milliseconds flight_timeout_;
    std::size_t waiting_limit_;
    Fly fly_;
    std::unordered_map<ProjectId, std::unique_ptr<Lane>> lanes_;
};

}  // namespace dsm::orchestrator

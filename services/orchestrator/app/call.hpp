// One call to somebody else: what goes along with it, and how its failure is told to the client.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/result.hpp"
#include "libs/rt/clock.hpp"
#include "libs/telemetry/trace.hpp"
#include "services/orchestrator/core/ids.hpp"

namespace dsm::orchestrator {

inline constexpr const char* kTurnLost =
    "The turn of this project was lost with the database's session.";
inline constexpr const char* kStopping = "The orchestrator is stopping.";

/// A project's turn: while one orchestrator holds it, no other one works on that project. Given up
/// when it is destroyed. Not a fence: it may be lost in the middle of an act, whose name, uid or
/// unique row then is what keeps it from being done twice.
class Turn {
public:
    virtual ~Turn() = default;
    /// False once it was lost, or the process is out of time to stop. To be asked before each act,
    /// and before an outcome that could not be known is taken for one.
    virtual bool held() const = 0;
    /// Why it is not held any more, for people.
    virtual const char* why_lost() const { return kTurnLost; }
};

/// How far a request has come, for what it is told when it runs out of time.
struct Progress {
    std::shared_ptr<const Progress> flight;  ///< of a request: the flight it came on, in the air
    std::optional<DecisionId> decision;      ///< of a flight: what it has begun
};

/// Passed by value down every call.
struct Call {
    telemetry::TraceContext trace;
    rt::Deadline deadline;
    std::shared_ptr<const Turn> turn = {};  ///< of the project that is acted for
    std::shared_ptr<Progress> progress = {};

    /// False: nothing more may be begun for the project, and nothing be concluded from a failure.
    /// Somebody else may be working on it, or will after we stopped.
    bool may_act() const { return !turn || turn->held(); }
    const char* why_not() const { return turn ? turn->why_lost() : kTurnLost; }
};

/// A failure in the words of contract section 2.5: the status and the `detail` of the answer.
struct Failure {
    int status = 503;
    std::string detail;  ///< for people; never a raw body of another service
    /// Set when the circuit breaker refused the call: seconds until it may be tried again.
    std::optional<std::chrono::seconds> circuit_open;
    /// When it is worth asking again, where that is known.
    std::optional<std::chrono::seconds> retry_after;
    /// The call may have taken effect all the same.
    bool maybe_done = false;
};

template <class T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> failed(int status, std::string detail) {
    return std::unexpected(Failure{.status = status, .detail = std::move(detail)});
}

/// The same request may well get another answer in a moment.
inline std::unexpected<Failure> later(std::string detail) {
    return std::unexpected(Failure{
        .status = 503, .detail = std::move(detail), .retry_after = std::chrono::seconds(2)});
}

/// HONEST: a request that ran out of time hears whether what it asked for may still be done.
inline std::unexpected<Failure> too_late(const Progress& request) {
    std::string said = "The orchestration took too long.";
    if (request.flight) {
        const auto& decision = request.flight->decision;
        said += fmt::format(" {} was begun and may still be done.",
                            decision ? "Decision " + decision->str() : "It");
    }
    return later(std::move(said));
}

/// Our own database: what is wrong with it is told, where that is known.
inline std::unexpected<Failure> database_failed(const Error& error) {
    return later(with_cause("The orchestrator's database does not answer.", error));
}

}  // namespace dsm::orchestrator

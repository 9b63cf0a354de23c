// What this service needs of the other services.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "libs/rt/clock.hpp"
#include "libs/telemetry/trace.hpp"
#include "services/sprint/app/failure.hpp"
#include "services/sprint/core/sprint.hpp"

namespace dsm::sprint {

/// What a call on another service carries.
struct Call {
    telemetry::TraceContext trace;
    rt::Deadline deadline;
};

/// Failures are kUnavailable (no answer) or kBadAnswer, beside those named.
class Projects {
public:
    virtual ~Projects() = default;
    /// Employee ids of the team. kNotFound: no such project.
    virtual boost::asio::awaitable<Outcome<std::vector<std::string>>> team(std::string project_id,
                                                                           Call call) = 0;
};

class Backlog {
public:
    virtual ~Backlog() = default;
    /// Tasks with status `unassigned` and no sprint.
    virtual boost::asio::awaitable<Outcome<std::vector<Task>>> unassigned(std::string project_id,
                                                                          Call call) = 0;
    /// Idempotent. kInvalid, kConflict: the backlog will never take it. kNotFound: neither will it,
    /// if the detail names the task ("Task {id} not found."); else something is set up wrongly.
    virtual boost::asio::awaitable<Outcome<void>> put(BacklogEntry entry, Call call) = 0;
};

class Notebook {
public:
    virtual ~Notebook() = default;
    /// Writes a note once for each `event_id`, however often it is called; its id. `kind` is the
    /// last part of Chronicle's path: "sprint_planning". kInvalid, kConflict: never taken.
    virtual boost::asio::awaitable<Outcome<std::string>> record(std::string kind, std::string body,
                                                                std::string event_id,
                                                                Call call) = 0;
};

}  // namespace dsm::sprint

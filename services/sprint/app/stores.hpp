// The store of sprints, as the use cases need it. Every write is one transaction together with the
// messages that it causes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "libs/telemetry/trace.hpp"
#include "services/sprint/core/daily_report.hpp"
#include "services/sprint/core/planning.hpp"
#include "services/sprint/core/progress.hpp"

namespace dsm::sprint {

/// When and in whose name something is written.
struct Cause {
    telemetry::TraceContext trace;
    Instant now;
};

struct NewSprint {
    std::string project_id;
    std::string sprint_name;
    Date start_date;
    int duration_weeks = 2;
    std::vector<Task> tasks;  ///< as planned
};

struct ClosedSprint {
    Sprint sprint;
    int completed = 0;
    int moved_to_backlog = 0;
    std::string retrospective_id;
};

/// What an outside tool said on `daily_scrum_events`.
struct TaskProgressed {
    std::string event_id;
    std::string sprint_id;
    TaskChange said;  ///< task_id, new_progress and the texts
};

/// Failures beside those named: kUnavailable and kUnknown of the database.
class SprintStore {
public:
    virtual ~SprintStore() = default;

    /// Numbers it and stores it with its tasks. kConflict: the project has a sprint in progress
    /// (held by a unique index). kInvalid: its id would be too long.
    virtual boost::asio::awaitable<Result<SprintWithTasks>> start(NewSprint sprint,
                                                                  Cause cause) = 0;
    /// kNotFound; kConflict: it is not in progress.
    virtual boost::asio::awaitable<Result<ClosedSprint>> close(std::string sprint_id,
                                                               Cause cause) = 0;
    /// Of the task in the sprint in progress that holds it. kNotFound.
    virtual boost::asio::awaitable<Result<void>> update_task(std::string task_id,
                                                             ProgressUpdate update,
                                                             Cause cause) = 0;
    /// Once an event. kNotFound: the task is in no such sprint, or that sprint is closed.
    virtual boost::asio::awaitable<Result<void>> apply(TaskProgressed event, Cause cause) = 0;
};

/// Sprints of one project, or all of them.
struct SprintFilter {
    std::optional<std::string> project_id;
    std::optional<std::string> status;
    std::optional<std::int64_t> limit;
};

struct SprintPage {
    std::vector<Sprint> sprints;
    std::string next;  ///< where the next page begins; empty: this is the last
};

struct ActiveFilter {
    std::string after;  ///< `next` of the page before
    std::optional<std::int64_t> limit;
};

class SprintDirectory {
public:
    virtual ~SprintDirectory() = default;

    /// In progress, by sprint_id.
    virtual boost::asio::awaitable<Result<SprintPage>> active(ActiveFilter filter) = 0;
    /// kNotFound.
    virtual boost::asio::awaitable<Result<std::string>> active_of(std::string project_id) = 0;
    /// Newest start first.
    virtual boost::asio::awaitable<Result<std::vector<Sprint>>> list(SprintFilter filter) = 0;
    /// kNotFound.
    virtual boost::asio::awaitable<Result<SprintWithTasks>> find(std::string sprint_id) = 0;
    /// What the backlog should say of a task now. kNotFound: it was never in a sprint.
    virtual boost::asio::awaitable<Result<BacklogEntry>> backlog_entry(std::string task_id) = 0;
};

/// The daily report of one (sprint, date).
struct StoredReport {
    std::string note;  ///< what Chronicle is to keep, fixed when it was first asked for
    std::string event_id;
    std::string report_id;  ///< Chronicle's; empty until it is there
    int tasks_updated = 0;
};

enum class ProgressSource { kRecorded, kSimulated };

class ScrumJournal {
public:
    virtual ~ScrumJournal() = default;

    /// The report of that day: the one that is stored, else one compiled from the changes since the
    /// last report and stored. kSimulated makes up progress first, with the new report only.
    /// kNotFound: no such sprint in progress.
    virtual boost::asio::awaitable<Result<StoredReport>> report_of(std::string sprint_id, Date date,
                                                                   ProgressSource source,
                                                                   Cause cause) = 0;
    virtual boost::asio::awaitable<Result<void>> mark_recorded(std::string sprint_id, Date date,
                                                               std::string report_id) = 0;
};

}  // namespace dsm::sprint

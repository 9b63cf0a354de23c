// A report is fixed in the transaction that decides what belongs to it.
#include "services/sprint/adapters/sql_scrum_journal.hpp"

#include <fmt/format.h>
#include <soci/soci.h>

#include <boost/json.hpp>

#include "services/sprint/adapters/sql_rows.hpp"
#include "services/sprint/adapters/task_log.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;

namespace {

std::optional<StoredReport> select_report(soci::session& session, const std::string& sprint_id,
                                          const std::string& day) {
    StoredReport report;
    session << "SELECT event_id, note, tasks_updated, report_id FROM daily_scrums "
               "WHERE sprint_id = :sprint AND scrum_date = :day",
        soci::use(sprint_id), soci::use(day), soci::into(report.event_id), soci::into(report.note),
        soci::into(report.tasks_updated), soci::into(report.report_id);
    if (!session.got_data()) return std::nullopt;
    return report;
}

/// The last change that an earlier report has told.
long long last_told(soci::session& session, const std::string& sprint_id) {
    long long number = 0;
    session << "SELECT COALESCE(MAX(last_change), 0) FROM daily_scrums WHERE sprint_id = :sprint",
        soci::use(sprint_id), soci::into(number);
    return number;
}

void make_up_progress(soci::session& session, const Sprint& sprint, const Cause& cause,
                      rt::Random& random) {
    for (const Task& task : select_tasks(session, sprint.sprint_id)) {
        const auto update = simulated_progress(task, random.below(kSimulatedSteps));
        if (update) change_task(session, sprint, task, after(task, *update), {}, cause, random);
    }
}

Result<StoredReport> make_report(soci::session& session, Sprint sprint, Date date,
                                 const Cause& cause) {
    const std::string id = sprint.sprint_id;
    // Yesterday's report may never have arrived, and nobody asks for it any more.
    for (const auto& message : take_unrecorded_reports(session, id, cause)) {
        outbox::enqueue(session, message, cause.now);
    }
    long long last = last_told(session, id);
    std::vector<TaskChange> changes;
    for (NumberedChange& row : select_changes(session, id, last)) {
        last = row.number;
        changes.push_back(std::move(row.change));
    }
    auto compiled = compile_daily_report({std::move(sprint), select_tasks(session, id)}, changes,
                                         date, cause.now);
    StoredReport report{.event_id = daily_report_event_id(id, date),
                        .tasks_updated = compiled.tasks_updated};
    compiled.note["event_id"] = report.event_id;
    report.note = boost::json::serialize(compiled.note);
    const std::string day = format_date(date);
    session << "INSERT INTO daily_scrums (sprint_id, scrum_date, event_id, note, tasks_updated, "
               "last_change) VALUES (:sprint, :day, :event, :note, :updated, :last)",
        soci::use(id), soci::use(day), soci::use(report.event_id), soci::use(report.note),
        soci::use(report.tasks_updated), soci::use(last);
    return report;
}

Result<StoredReport> find_or_make(soci::session& session, const std::string& sprint_id, Date date,
                                  ProgressSource source, const Cause& cause, rt::Random& random) {
    auto sprint = select_sprint(session, sprint_id);
    if (!sprint || sprint->status != SprintStatus::kInProgress) {
        return fail(ErrorCode::kNotFound, fmt::format("Active sprint {} not found.", sprint_id));
    }
    auto report = select_report(session, sprint_id, format_date(date));
    if (report) return std::move(*report);
    if (source == ProgressSource::kSimulated) make_up_progress(session, *sprint, cause, random);
    return make_report(session, std::move(*sprint), date, cause);
}

}  // namespace

asio::awaitable<Result<StoredReport>> SqlScrumJournal::report_of(std::string sprint_id, Date date,
                                                                 ProgressSource source,
                                                                 Cause cause) {
    const auto work = [&](soci::session& session) {
        return find_or_make(session, sprint_id, date, source, cause, random_);
    };
    auto report = co_await database_->write(work);
    // Another process made it at the same moment: then it is there now.
    const bool lost = !report && report.error().code == ErrorCode::kConflict;
    if (lost) report = co_await database_->write(work);
    co_return report;
}

asio::awaitable<Result<void>> SqlScrumJournal::mark_recorded(std::string sprint_id, Date date,
                                                             std::string report_id) {
    co_return co_await database_->write([&](soci::session& session) -> Result<void> {
        const std::string day = format_date(date);
        session << "UPDATE daily_scrums SET report_id = :report WHERE sprint_id = :sprint "
                   "AND scrum_date = :day",
            soci::use(report_id), soci::use(sprint_id), soci::use(day);
        return {};
    });
}

}  // namespace dsm::sprint

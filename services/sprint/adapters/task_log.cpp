// The change log is what daily reports are compiled from.
#include "services/sprint/adapters/task_log.hpp"

#include <soci/soci.h>

#include "services/sprint/adapters/sql_rows.hpp"
#include "services/sprint/app/messages.hpp"

namespace dsm::sprint {

void change_task(soci::session& session, const Sprint& sprint, const Task& before,
                 const Task& now_is, TaskChange said, const Cause& cause, rt::Random& random) {
    said.task_id = before.task_id;
    said.old_status = before.status;
    said.old_progress = before.progress_percentage;
    said.new_status = now_is.status;
    said.new_progress = now_is.progress_percentage;
    const bool changed =
        before.status != now_is.status || before.progress_percentage != now_is.progress_percentage;
    if (changed) update_task(session, sprint.sprint_id, now_is);
    if (changed || said.yesterday_work || said.today_work || said.impediments) {
        insert_change(session, sprint.sprint_id, said, cause.now);
    }
    outbox::enqueue(session, message_of_update(now_is, sprint, cause, random), cause.now);
}

std::vector<outbox::Message> take_unrecorded_reports(soci::session& session,
                                                     const std::string& sprint_id,
                                                     const Cause& cause) {
    std::vector<outbox::Message> messages;
    std::string event_id;
    std::string note;
    soci::statement select =
        (session.prepare << "SELECT event_id, note FROM daily_scrums WHERE sprint_id = :sprint "
                            "AND report_id = '' ORDER BY scrum_date",
         soci::use(sprint_id), soci::into(event_id), soci::into(note));
    select.execute();
    while (select.fetch()) {
        messages.push_back({.destination = std::string(kToChronicle),
                            .order_key = sprint_id,
                            .event_id = event_id,
                            .event_type = "daily_scrum_report",
                            .payload = note,
                            .correlation_id = cause.trace.correlation_id,
                            .traceparent = cause.trace.traceparent});
    }
    session << "UPDATE daily_scrums SET report_id = event_id WHERE sprint_id = :sprint "
               "AND report_id = ''",
        soci::use(sprint_id);
    return messages;
}

}  // namespace dsm::sprint

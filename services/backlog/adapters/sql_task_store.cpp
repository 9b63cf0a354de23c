// Reads a row, lets the core decide what becomes of it, and writes it back, in one transaction.
#include "services/backlog/adapters/sql_task_store.hpp"

#include <soci/soci.h>

#include "libs/sql/seen_events.hpp"
#include "services/backlog/adapters/task_rows.hpp"

namespace dsm::backlog {

namespace asio = boost::asio;

namespace {

ImportCount add_rows(soci::session& session, const std::vector<Task>& tasks) {
    ImportCount count;
    std::map<std::string, std::int64_t> next;
    for (Task task : tasks) {
        if (task.id.empty()) {
            auto [number, first] = next.try_emplace(task.project_id, 0);
            if (first) number->second = next_number(session, task.project_id);
            task.id = task_id(task.project_id, number->second++);
        }
        ++(insert_task(session, task) ? count.imported : count.kept);
    }
    return count;
}

std::vector<Summary> summarise(soci::session& session, const std::string* project_id) {
    const std::string where = project_id ? "WHERE project_id = :project " : "";
    Summary row;
    std::string status;
    long long total = 0;
    long long free = 0;
    soci::statement select(session);
    if (project_id) select.exchange(soci::use(*project_id, "project"));
    select.exchange(soci::into(row.project_id));
    select.exchange(soci::into(status));
    select.exchange(soci::into(total));
    select.exchange(soci::into(free));
    select.alloc();
    select.prepare(
        "SELECT project_id, status, COUNT(*), "
        "COUNT(CASE WHEN status = 'unassigned' AND sprint_id IS NULL THEN 1 END) FROM tasks " +
        where + "GROUP BY project_id, status ORDER BY project_id, status");
    select.define_and_bind();
    select.execute();
    std::vector<Summary> summaries;
    while (select.fetch()) {
        if (summaries.empty() || summaries.back().project_id != row.project_id) {
            summaries.push_back({.project_id = row.project_id});
        }
        Summary& summary = summaries.back();
        summary.total += total;
        summary.status_counts[status] = total;
        summary.unassigned_for_sprint += free;
    }
    return summaries;
}

}  // namespace

asio::awaitable<Result<ImportCount>> SqlTaskStore::add(std::vector<Task> tasks, ImportMode mode) {
    co_return co_await database_->write(
        [tasks, mode](soci::session& session) -> Result<ImportCount> {
            if (mode == ImportMode::kWrite) return add_rows(session, tasks);
            session << "SAVEPOINT dry_run";
            const ImportCount count = add_rows(session, tasks);
            session << "ROLLBACK TO SAVEPOINT dry_run";
            return count;
        });
}

asio::awaitable<Result<std::vector<Task>>> SqlTaskStore::list(TaskFilter filter) {
    co_return co_await database_->read(
        [filter](soci::session& session) -> Result<std::vector<Task>> {
            std::string rest = "WHERE project_id = :project ";
            std::vector<Binding> bindings{{"project", filter.project_id}};
            if (filter.status) {
                rest += "AND status = :status ";
                bindings.push_back({"status", *filter.status});
            }
            if (filter.assigned_to) {
                rest += "AND assigned_to = :assigned_to ";
                bindings.push_back({"assigned_to", *filter.assigned_to});
            }
            return select_tasks(session, rest + "ORDER BY id", bindings);
        });
}

asio::awaitable<Result<std::vector<Task>>> SqlTaskStore::list_all() {
    co_return co_await database_->read([](soci::session& session) -> Result<std::vector<Task>> {
        return select_tasks(session, "ORDER BY id", {});
    });
}

asio::awaitable<Result<std::vector<Summary>>> SqlTaskStore::summaries(
    std::optional<std::string> project_id) {
    co_return co_await database_->read(
        [project_id](soci::session& session) -> Result<std::vector<Summary>> {
            return summarise(session, project_id ? &*project_id : nullptr);
        });
}

asio::awaitable<Result<void>> SqlTaskStore::change(std::string id, TaskChange change, Instant now) {
    co_return co_await database_->write([id, change, now](soci::session& session) -> Result<void> {
        auto task = lock_task(session, id);
        if (!task) return fail(ErrorCode::kNotFound, "Task " + id + " not found.");
        backlog::apply(change, now, *task);
        update_task(session, *task);
        return {};
    });
}

asio::awaitable<Result<void>> SqlTaskStore::apply(SprintStarted event) {
    co_return co_await database_->write(
        [event, keep = events_kept_](soci::session& session) -> Result<void> {
            if (!sql::first_sight(session, "dsm:events", event.event_id, keep)) return {};
            for (const std::string& id : event.task_ids) {
                auto task = lock_task(session, id);
                if (task && backlog::apply(event.taken, *task)) update_task(session, *task);
            }
            return {};
        });
}

asio::awaitable<Result<void>> SqlTaskStore::apply(std::string event_id, TaskUpdated event) {
    co_return co_await database_->write(
        [event_id, event, keep = events_kept_](soci::session& session) -> Result<void> {
            if (!sql::first_sight(session, "task_update_events", event_id, keep)) return {};
            auto task = lock_task(session, event.task_id);
            if (task && backlog::apply(event, *task)) update_task(session, *task);
            return {};
        });
}

}  // namespace dsm::backlog

// SQLite has one writer at a time, so only PostgreSQL needs to be told to lock.
#include "services/backlog/adapters/task_rows.hpp"

#include <soci/soci.h>

namespace dsm::backlog {
namespace {

struct NullableText {
    std::string value;
    soci::indicator state = soci::i_null;

    NullableText() = default;
    explicit NullableText(const std::optional<std::string>& from)
        : value(from.value_or("")), state(from ? soci::i_ok : soci::i_null) {}
    std::optional<std::string> get() const {
        return state == soci::i_ok ? std::optional(value) : std::nullopt;
    }
};

bool is_postgresql(soci::session& session) {
    return session.get_backend_name() == "postgresql";
}

}  // namespace

std::vector<Task> select_tasks(soci::session& session, const std::string& rest,
                               const std::vector<Binding>& bindings) {
    Task row;
    NullableText assigned_to;
    NullableText sprint_id;
    long long progress = 0;
    soci::statement select(session);
    for (const Binding& binding : bindings) {
        select.exchange(soci::use(binding.value, binding.name));
    }
    select.exchange(soci::into(row.id));
    select.exchange(soci::into(row.project_id));
    select.exchange(soci::into(row.title));
    select.exchange(soci::into(row.description));
    select.exchange(soci::into(row.status));
    select.exchange(soci::into(assigned_to.value, assigned_to.state));
    select.exchange(soci::into(sprint_id.value, sprint_id.state));
    select.exchange(soci::into(progress));
    select.alloc();
    select.prepare(
        "SELECT id, project_id, title, description, status, assigned_to, sprint_id, "
        "progress_percentage FROM tasks " +
        rest);
    select.define_and_bind();
    select.execute();
    std::vector<Task> tasks;
    while (select.fetch()) {
        row.assigned_to = assigned_to.get();
        row.sprint_id = sprint_id.get();
        row.progress_percentage = progress;
        tasks.push_back(row);
    }
    return tasks;
}

std::optional<DatedTask> lock_task(soci::session& session, const std::string& id) {
    const auto found = select_tasks(
        session, is_postgresql(session) ? "WHERE id = :id FOR UPDATE" : "WHERE id = :id",
        {{"id", id}});
    if (found.empty()) return std::nullopt;
    DatedTask dated{.task = found[0], .state_at = std::nullopt};
    long long at = 0;
    soci::indicator state = soci::i_null;
    session << "SELECT state_at FROM tasks WHERE id = :id", soci::use(id, "id"),
        soci::into(at, state);
    if (state == soci::i_ok) dated.state_at = Instant(std::chrono::microseconds(at));
    return dated;
}

bool insert_task(soci::session& session, const Task& task) {
    NullableText assigned_to(task.assigned_to);
    NullableText sprint_id(task.sprint_id);
    const long long progress = task.progress_percentage;
    soci::statement insert =
        (session.prepare << "INSERT INTO tasks (id, project_id, title, description, status, "
                            "assigned_to, sprint_id, progress_percentage) VALUES (:id, :project, "
                            ":title, :description, :status, :assigned_to, :sprint, :progress) "
                            "ON CONFLICT (id) DO NOTHING",
         soci::use(task.id, "id"), soci::use(task.project_id, "project"),
         soci::use(task.title, "title"), soci::use(task.description, "description"),
         soci::use(task.status, "status"),
         soci::use(assigned_to.value, assigned_to.state, "assigned_to"),
         soci::use(sprint_id.value, sprint_id.state, "sprint"), soci::use(progress, "progress"));
    insert.execute(true);
    return insert.get_affected_rows() > 0;
}

void update_task(soci::session& session, const DatedTask& dated) {
    const Task& task = dated.task;
    NullableText assigned_to(task.assigned_to);
    NullableText sprint_id(task.sprint_id);
    const long long progress = task.progress_percentage;
    const long long at = dated.state_at ? dated.state_at->time_since_epoch().count() : 0;
    soci::indicator dated_state = dated.state_at ? soci::i_ok : soci::i_null;
    session << "UPDATE tasks SET title = :title, description = :description, status = :status, "
               "assigned_to = :assigned_to, sprint_id = :sprint, progress_percentage = :progress, "
               "state_at = :at WHERE id = :id",
        soci::use(task.title, "title"), soci::use(task.description, "description"),
        soci::use(task.status, "status"),
        soci::use(assigned_to.value, assigned_to.state, "assigned_to"),
        soci::use(sprint_id.value, sprint_id.state, "sprint"), soci::use(progress, "progress"),
        soci::use(at, dated_state, "at"), soci::use(task.id, "id");
}

std::int64_t next_number(soci::session& session, const std::string& project_id) {
    if (is_postgresql(session)) {
        session << "SELECT pg_advisory_xact_lock(hashtext(:project))",
            soci::use(project_id, "project");
    }
    std::string id;
    soci::statement select = (session.prepare << "SELECT id FROM tasks WHERE project_id = :project",
                              soci::use(project_id, "project"), soci::into(id));
    std::int64_t highest = 0;
    select.execute();
    while (select.fetch()) highest = std::max(highest, task_number(project_id, id).value_or(0));
    return highest + 1;
}

}  // namespace dsm::backlog

// The statements on sprints, their tasks and the change log.
#include "services/sprint/adapters/sql_rows.hpp"

#include <soci/soci.h>

namespace dsm::sprint {
namespace {

/// A nullable text column, to read into or to bind.
struct NullableText {
    std::string value;
    soci::indicator state = soci::i_null;

    NullableText() = default;
    explicit NullableText(const std::optional<std::string>& from)
        : value(from.value_or("")), state(from ? soci::i_ok : soci::i_null) {}

    std::optional<std::string> get() const {
        return state == soci::i_ok ? std::optional(value) : std::nullopt;
    }
    auto into() { return soci::into(value, state); }
    /// SOCI keeps a reference to `name`, so it is the caller's until the statement is made.
    auto bind(const std::string& name) { return soci::use(value, state, name); }
};

/// A stored value is one that we wrote; anything else is a damaged store.
template <class T>
T stored(const std::optional<T>& value) {
    if (!value) throw soci::soci_error("a stored date or status is none");
    return *value;
}

bool inserts(soci::statement& insert) {
    insert.execute(true);
    return insert.get_affected_rows() > 0;
}

std::vector<Task> read_tasks(soci::session& session, const std::string& condition,
                             const std::vector<std::string>& values) {
    Task row;
    NullableText assigned_to;
    soci::statement select(session);
    for (const std::string& value : values) select.exchange(soci::use(value));
    select.exchange(soci::into(row.task_id));
    select.exchange(soci::into(row.title));
    select.exchange(soci::into(row.status));
    select.exchange(soci::into(row.progress_percentage));
    select.exchange(assigned_to.into());
    select.alloc();
    select.prepare(
        "SELECT task_id, title, status, progress_percentage, assigned_to FROM sprint_tasks " +
        condition);
    select.define_and_bind();
    select.execute();
    std::vector<Task> tasks;
    while (select.fetch()) {
        row.assigned_to = assigned_to.get();
        tasks.push_back(row);
    }
    return tasks;
}

template <class T>
std::optional<T> first_of(std::vector<T> rows) {
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

}  // namespace

std::vector<Sprint> select_sprints(soci::session& session, const std::string& condition,
                                   const std::vector<std::string>& values) {
    Sprint row;
    std::string start;
    std::string end;
    std::string status;
    soci::statement select(session);
    for (const std::string& value : values) select.exchange(soci::use(value));
    select.exchange(soci::into(row.sprint_id));
    select.exchange(soci::into(row.project_id));
    select.exchange(soci::into(row.sprint_name));
    select.exchange(soci::into(start));
    select.exchange(soci::into(end));
    select.exchange(soci::into(row.duration_weeks));
    select.exchange(soci::into(status));
    select.alloc();
    select.prepare(
        "SELECT sprint_id, project_id, sprint_name, start_date, end_date, duration_weeks, status "
        "FROM sprints " +
        condition);
    select.define_and_bind();
    select.execute();
    std::vector<Sprint> sprints;
    while (select.fetch()) {
        row.start_date = stored(parse_date(start));
        row.end_date = stored(parse_date(end));
        row.status = stored(parse_sprint_status(status));
        sprints.push_back(row);
    }
    return sprints;
}

std::optional<Sprint> select_sprint(soci::session& session, const std::string& sprint_id) {
    return first_of(select_sprints(session, "WHERE sprint_id = :id", {sprint_id}));
}

std::optional<Sprint> select_active_sprint(soci::session& session, const std::string& project_id) {
    return first_of(select_sprints(
        session, "WHERE project_id = :project AND status = 'in_progress'", {project_id}));
}

std::vector<Task> select_tasks(soci::session& session, const std::string& sprint_id) {
    return read_tasks(session, "WHERE sprint_id = :sprint ORDER BY task_id", {sprint_id});
}

std::optional<Task> select_task(soci::session& session, const std::string& sprint_id,
                                const std::string& task_id) {
    return first_of(
        read_tasks(session, "WHERE sprint_id = :sprint AND task_id = :task", {sprint_id, task_id}));
}

std::optional<Sprint> select_sprint_of_task(soci::session& session, const std::string& task_id) {
    return first_of(select_sprints(
        session,
        "WHERE sprint_id IN (SELECT sprint_id FROM sprint_tasks WHERE task_id = :task) "
        "ORDER BY CASE WHEN status = 'in_progress' THEN 0 ELSE 1 END, start_date DESC, "
        "LENGTH(sprint_id) DESC, sprint_id DESC LIMIT 1",
        {task_id}));
}

bool insert_sprint(soci::session& session, const Sprint& sprint) {
    const std::string start = format_date(sprint.start_date);
    const std::string end = format_date(sprint.end_date);
    const std::string status = text_of(sprint.status);
    soci::statement insert =
        (session.prepare << "INSERT INTO sprints (sprint_id, project_id, sprint_name, start_date, "
                            "end_date, duration_weeks, status) VALUES (:id, :project, :name, "
                            ":start, :end, :weeks, :status) ON CONFLICT (sprint_id) DO NOTHING",
         soci::use(sprint.sprint_id), soci::use(sprint.project_id), soci::use(sprint.sprint_name),
         soci::use(start), soci::use(end), soci::use(sprint.duration_weeks), soci::use(status));
    return inserts(insert);
}

bool insert_task(soci::session& session, const std::string& sprint_id, const Task& task) {
    NullableText assigned_to(task.assigned_to);
    soci::statement insert =
        (session.prepare << "INSERT INTO sprint_tasks (sprint_id, task_id, title, status, "
                            "progress_percentage, assigned_to) VALUES (:sprint, :task, :title, "
                            ":status, :progress, :assignee) "
                            "ON CONFLICT (sprint_id, task_id) DO NOTHING",
         soci::use(sprint_id, "sprint"), soci::use(task.task_id, "task"),
         soci::use(task.title, "title"), soci::use(task.status, "status"),
         soci::use(task.progress_percentage, "progress"), assigned_to.bind("assignee"));
    return inserts(insert);
}

void update_task(soci::session& session, const std::string& sprint_id, const Task& task) {
    session << "UPDATE sprint_tasks SET status = :status, progress_percentage = :progress "
               "WHERE sprint_id = :sprint AND task_id = :task",
        soci::use(task.status), soci::use(task.progress_percentage), soci::use(sprint_id),
        soci::use(task.task_id);
}

void insert_change(soci::session& session, const std::string& sprint_id, const TaskChange& change,
                   Instant now) {
    const long long at = now.time_since_epoch().count();
    NullableText employee(change.employee_id);
    NullableText yesterday(change.yesterday_work);
    NullableText today(change.today_work);
    NullableText impediments(change.impediments);
    session << "INSERT INTO task_changes (sprint_id, task_id, changed_us, old_status, new_status, "
               "old_progress, new_progress, employee_id, yesterday_work, today_work, impediments) "
               "VALUES (:sprint, :task, :at, :old_status, :new_status, :old_progress, "
               ":new_progress, :employee, :yesterday, :today, :impediments)",
        soci::use(sprint_id, "sprint"), soci::use(change.task_id, "task"), soci::use(at, "at"),
        soci::use(change.old_status, "old_status"), soci::use(change.new_status, "new_status"),
        soci::use(change.old_progress, "old_progress"),
        soci::use(change.new_progress, "new_progress"), employee.bind("employee"),
        yesterday.bind("yesterday"), today.bind("today"), impediments.bind("impediments");
}

std::vector<NumberedChange> select_changes(soci::session& session, const std::string& sprint_id,
                                           long long after) {
    NumberedChange row;
    TaskChange& change = row.change;
    NullableText employee;
    NullableText yesterday;
    NullableText today;
    NullableText impediments;
    soci::statement select =
        (session.prepare << "SELECT number, task_id, old_status, new_status, old_progress, "
                            "new_progress, employee_id, yesterday_work, today_work, impediments "
                            "FROM task_changes WHERE sprint_id = :sprint AND number > :after "
                            "ORDER BY number",
         soci::use(sprint_id), soci::use(after), soci::into(row.number), soci::into(change.task_id),
         soci::into(change.old_status), soci::into(change.new_status),
         soci::into(change.old_progress), soci::into(change.new_progress), employee.into(),
         yesterday.into(), today.into(), impediments.into());
    select.execute();
    std::vector<NumberedChange> changes;
    while (select.fetch()) {
        change.employee_id = employee.get();
        change.yesterday_work = yesterday.get();
        change.today_work = today.get();
        change.impediments = impediments.get();
        changes.push_back(row);
    }
    return changes;
}

}  // namespace dsm::sprint

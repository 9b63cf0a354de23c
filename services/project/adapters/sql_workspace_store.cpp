// A dry run is the same import, undone: it counts what the real one would.
#include "services/project/adapters/sql_workspace_store.hpp"

#include "services/project/adapters/columns.hpp"
#include "services/project/adapters/sql_rows.hpp"

namespace dsm::project {

namespace asio = boost::asio;

namespace {

bool import_pto(soci::session& session, Pto pto) {
    pto.id = content_id(pto);
    if (exists(session, "SELECT 1 FROM pto WHERE content_id = :id", pto.id)) return false;
    insert_pto(session, pto);
    return true;
}

ImportCount import_rows(soci::session& session, const Workspace& workspace) {
    ImportCount count;
    const auto add = [&](bool inserted) { ++(inserted ? count.imported : count.kept); };
    for (const Employee& employee : workspace.employees) add(insert_employee(session, employee));
    for (const auto& [project, team] : workspace.projects) {
        bool changed = insert_project(session, project);
        for (const std::string& id : team) changed |= insert_member(session, project.id, id);
        add(changed);
    }
    for (const Holiday& holiday : workspace.holidays) add(insert_holiday(session, holiday));
    for (const Pto& pto : workspace.pto) add(import_pto(session, pto));
    return count;
}

std::vector<WorkspaceProject> export_projects(soci::session& session) {
    std::vector<WorkspaceProject> projects;
    WorkspaceProject row;
    soci::statement select =
        (session.prepare << "SELECT id, name, description, status FROM projects ORDER BY id",
         soci::into(row.project.id), soci::into(row.project.name),
         soci::into(row.project.description), soci::into(row.project.status));
    select.execute();
    while (select.fetch()) projects.push_back(row);

    std::string project_id;
    std::string employee_id;
    soci::statement members = (session.prepare << "SELECT project_id, employee_id "
                                                  "FROM project_team "
                                                  "ORDER BY project_id, employee_id",
                               soci::into(project_id), soci::into(employee_id));
    members.execute();
    auto project = projects.begin();
    while (members.fetch()) {
        while (project->project.id != project_id) ++project;
        project->team.push_back(employee_id);
    }
    return projects;
}

std::vector<Pto> export_pto(soci::session& session) {
    std::vector<Pto> entries;
    Pto row;
    std::string start;
    std::string end;
    Nullable<std::string> reason;
    soci::statement select =
        (session.prepare << "SELECT DISTINCT employee_id, start_date, end_date, reason FROM pto",
         soci::into(row.employee_id), soci::into(start), soci::into(end), reason.into());
    select.execute();
    while (select.fetch()) {
        row.start = stored_date(start);
        row.end = stored_date(end);
        row.reason = reason.get();
        entries.push_back(row);
    }
    // Here and not in SQL: the dialects disagree on where NULL sorts.
    std::ranges::sort(entries, {}, [](const Pto& pto) {
        return std::tie(pto.employee_id, pto.start, pto.end, pto.reason);
    });
    return entries;
}

}  // namespace

asio::awaitable<Result<std::vector<std::string>>> SqlWorkspaceStore::unknown_employees(
    std::vector<std::string> employee_ids) {
    co_return co_await database_->read(
        [employee_ids](soci::session& session) -> Result<std::vector<std::string>> {
            std::vector<std::string> unknown;
            for (const std::string& id : employee_ids) {
                if (!exists(session, "SELECT 1 FROM employees WHERE id = :id", id)) {
                    unknown.push_back(id);
                }
            }
            return unknown;
        });
}

asio::awaitable<Result<ImportCount>> SqlWorkspaceStore::import(Workspace workspace,
                                                               ImportMode mode) {
    co_return co_await database_->write(
        [workspace, mode](soci::session& session) -> Result<ImportCount> {
            if (mode == ImportMode::kWrite) return import_rows(session, workspace);
            session << "SAVEPOINT dry_run";
            const ImportCount count = import_rows(session, workspace);
            session << "ROLLBACK TO SAVEPOINT dry_run";
            return count;
        });
}

asio::awaitable<Result<Workspace>> SqlWorkspaceStore::export_all() {
    co_return co_await database_->read([](soci::session& session) -> Result<Workspace> {
        return Workspace{.projects = export_projects(session),
                         .employees = select_employees(session,
                                                       "SELECT e.id, e.name, e.gender, e.state, "
                                                       "e.age FROM employees e ORDER BY e.id",
                                                       nullptr),
                         .holidays = select_holidays(session),
                         .pto = export_pto(session)};
    });
}

}  // namespace dsm::project

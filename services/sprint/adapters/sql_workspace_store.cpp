// One transaction: with one problem, or as a dry run, it is rolled back.
#include "services/sprint/adapters/sql_workspace_store.hpp"

#include <fmt/format.h>
#include <soci/soci.h>

#include "services/sprint/adapters/sql_rows.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;

namespace {

void import_sprint(soci::session& session, const ImportedSprint& row, ImportReport& report) {
    const Sprint& sprint = row.sprint;
    if (select_sprint(session, sprint.sprint_id)) {
        ++report.kept;
        return;
    }
    const auto active = sprint.status == SprintStatus::kInProgress
                            ? select_active_sprint(session, sprint.project_id)
                            : std::nullopt;
    if (active) {
        report.problems.push_back({fmt::format("sprints[{}]", row.place),
                                   fmt::format("project {} has the sprint {} in progress already",
                                               sprint.project_id, active->sprint_id)});
        return;
    }
    insert_sprint(session, sprint);
    ++report.imported;
}

void import_task(soci::session& session, const ImportedTask& row, ImportMode mode,
                 ImportReport& report) {
    if (!select_sprint(session, row.sprint_id)) {
        if (mode == ImportMode::kDryRun) {
            ++report.imported;
            return;
        }
        report.problems.push_back({fmt::format("tasks[{}]", row.place),
                                   fmt::format("there is no sprint {}", row.sprint_id)});
        return;
    }
    ++(insert_task(session, row.sprint_id, row.task) ? report.imported : report.kept);
}

}  // namespace

asio::awaitable<Result<ImportReport>> SqlWorkspaceStore::import(Workspace workspace,
                                                                ImportMode mode) {
    ImportReport report;
    auto written = co_await database_->write([&](soci::session& session) -> Result<void> {
        report = {};
        for (const ImportedSprint& row : workspace.sprints) import_sprint(session, row, report);
        for (const ImportedTask& row : workspace.tasks) import_task(session, row, mode, report);
        const bool keep = mode == ImportMode::kWrite && report.problems.empty();
        if (!keep) return fail(ErrorCode::kCancelled, "nothing is to be written");
        return {};
    });
    if (!written && written.error().code != ErrorCode::kCancelled) {
        co_return std::unexpected(written.error());
    }
    co_return report;
}

}  // namespace dsm::sprint

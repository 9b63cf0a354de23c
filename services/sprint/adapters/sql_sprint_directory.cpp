// Reads of one snapshot each.
#include "services/sprint/adapters/sql_sprint_directory.hpp"

#include <fmt/format.h>
#include <soci/soci.h>

#include "services/sprint/adapters/sql_rows.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;

namespace {

constexpr const char* kNewestFirst =
    "ORDER BY start_date DESC, LENGTH(sprint_id) DESC, sprint_id DESC";

/// Numbers that we made ourselves need no binding, and " LIMIT n" is the same in both dialects.
std::string limit_of(std::optional<std::int64_t> limit) {
    return limit ? fmt::format(" LIMIT {}", *limit) : std::string();
}

}  // namespace

asio::awaitable<Result<SprintPage>> SqlSprintDirectory::active(ActiveFilter filter) {
    co_return co_await database_->read([&](soci::session& session) -> Result<SprintPage> {
        // One more than asked for tells whether there is a next page.
        std::optional<std::int64_t> rows;
        if (filter.limit) rows = *filter.limit + 1;
        SprintPage page;
        page.sprints = select_sprints(session,
                                      "WHERE status = 'in_progress' AND sprint_id > :after "
                                      "ORDER BY sprint_id" +
                                          limit_of(rows),
                                      {filter.after});
        if (filter.limit && std::ssize(page.sprints) > *filter.limit) {
            page.sprints.pop_back();
            page.next = page.sprints.back().sprint_id;
        }
        return page;
    });
}

asio::awaitable<Result<std::string>> SqlSprintDirectory::active_of(std::string project_id) {
    co_return co_await database_->read([&](soci::session& session) -> Result<std::string> {
        auto sprint = select_active_sprint(session, project_id);
        if (sprint) return std::move(sprint->sprint_id);
        return fail(ErrorCode::kNotFound,
                    fmt::format("No active sprint found for project {}.", project_id));
    });
}

asio::awaitable<Result<std::vector<Sprint>>> SqlSprintDirectory::list(SprintFilter filter) {
    co_return co_await database_->read([&](soci::session& session) -> Result<std::vector<Sprint>> {
        std::string condition = "WHERE 1 = 1";
        std::vector<std::string> values;
        if (filter.project_id) {
            condition += " AND project_id = :project";
            values.push_back(*filter.project_id);
        }
        if (filter.status) {
            condition += " AND status = :status";
            values.push_back(*filter.status);
        }
        return select_sprints(
            session, fmt::format("{} {}{}", condition, kNewestFirst, limit_of(filter.limit)),
            values);
    });
}

asio::awaitable<Result<SprintWithTasks>> SqlSprintDirectory::find(std::string sprint_id) {
    co_return co_await database_->read([&](soci::session& session) -> Result<SprintWithTasks> {
        auto sprint = select_sprint(session, sprint_id);
        if (!sprint) {
            return fail(ErrorCode::kNotFound, fmt::format("Sprint {} not found.", sprint_id));
        }
        return SprintWithTasks{std::move(*sprint), select_tasks(session, sprint_id)};
    });
}

asio::awaitable<Result<BacklogEntry>> SqlSprintDirectory::backlog_entry(std::string task_id) {
    co_return co_await database_->read([&](soci::session& session) -> Result<BacklogEntry> {
        const auto sprint = select_sprint_of_task(session, task_id);
        if (!sprint) {
            return fail(ErrorCode::kNotFound, fmt::format("Task {} was in no sprint.", task_id));
        }
        return backlog_entry_of(*sprint, *select_task(session, sprint->sprint_id, task_id));
    });
}

}  // namespace dsm::sprint

// One statement an operation; uniqueness is the table's.
#include "services/project/adapters/sql_project_store.hpp"

#include "libs/sql/seen_events.hpp"
#include "services/project/adapters/columns.hpp"
#include "services/project/adapters/sql_rows.hpp"

namespace dsm::project {

namespace asio = boost::asio;

namespace {

long long micros(Instant instant) {
    return instant.time_since_epoch().count();
}

}  // namespace

asio::awaitable<Result<void>> SqlProjectStore::add(Project project) {
    co_return co_await database_->write([project](soci::session& session) -> Result<void> {
        if (!insert_project(session, project)) {
            return fail(ErrorCode::kConflict, "Project " + project.id + " already exists.");
        }
        return {};
    });
}

asio::awaitable<Result<std::vector<Project>>> SqlProjectStore::list(Page page) {
    co_return co_await database_->read(
        [page](soci::session& session) -> Result<std::vector<Project>> {
            const long long limit = page.limit;
            const long long offset = page.offset;
            Project row;
            soci::statement select =
                (session.prepare << "SELECT id, name, description, status FROM projects "
                                    "ORDER BY id LIMIT :limit OFFSET :offset",
                 soci::use(limit, "limit"), soci::use(offset, "offset"), soci::into(row.id),
                 soci::into(row.name), soci::into(row.description), soci::into(row.status));
            std::vector<Project> projects;
            select.execute();
            while (select.fetch()) projects.push_back(row);
            return projects;
        });
}

asio::awaitable<Result<Project>> SqlProjectStore::find(std::string id) {
    co_return co_await database_->read([id](soci::session& session) -> Result<Project> {
        Project row{.id = id, .name = {}, .description = {}, .status = {}};
        session << "SELECT name, description, status FROM projects WHERE id = :id",
            soci::use(id, "id"), soci::into(row.name), soci::into(row.description),
            soci::into(row.status);
        if (!session.got_data()) {
            return fail(ErrorCode::kNotFound, "Project " + id + " not found.");
        }
        return row;
    });
}

asio::awaitable<Result<void>> SqlProjectStore::set_status(std::string id, std::string status,
                                                          Instant now) {
    co_return co_await database_->write([id, status, now](soci::session& session) -> Result<void> {
        const long long at = micros(now);
        soci::statement update =
            (session.prepare << "UPDATE projects SET status = :status, "
                                "status_set_at = :at WHERE id = :id",
             soci::use(status, "status"), soci::use(at, "at"), soci::use(id, "id"));
        update.execute(true);
        if (update.get_affected_rows() == 0) {
            return fail(ErrorCode::kNotFound, "Project " + id + " not found.");
        }
        return {};
    });
}

asio::awaitable<Result<void>> SqlProjectStore::apply(SprintStarted event) {
    co_return co_await database_->write(
        [event, keep = events_kept_](soci::session& session) -> Result<void> {
            if (!sql::first_sight(session, "dsm:events", event.event_id, keep)) return {};
            const long long at = micros(event.at);
            session << "UPDATE projects SET status = 'in_progress' WHERE id = :id "
                       "AND (status_set_at IS NULL OR status_set_at <= :at)",
                soci::use(event.project_id, "id"), soci::use(at, "at");
            return {};
        });
}

}  // namespace dsm::project

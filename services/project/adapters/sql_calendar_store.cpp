// Time off belongs to the employee; a project sees that of its members.
#include "services/project/adapters/sql_calendar_store.hpp"

#include "services/project/adapters/columns.hpp"
#include "services/project/adapters/sql_rows.hpp"

namespace dsm::project {

namespace asio = boost::asio;

namespace {

/// Time off of the project's members that touches first..last, by start, employee and id.
std::vector<MemberPto> select_time_off(soci::session& session, const std::string& project_id,
                                       const std::string& first, const std::string& last) {
    MemberPto row;
    std::string start;
    std::string end;
    Nullable<std::string> reason;
    soci::statement select =
        (session.prepare
             << "SELECT e.name, p.id, p.employee_id, p.start_date, p.end_date, p.reason FROM pto p "
                "JOIN employees e ON e.id = p.employee_id "
                "JOIN project_team t ON t.employee_id = p.employee_id "
                "WHERE t.project_id = :project AND p.end_date >= :first AND p.start_date <= :last "
                "ORDER BY p.start_date, p.employee_id, p.end_date, p.id",
         soci::use(project_id, "project"), soci::use(first, "first"), soci::use(last, "last"),
         soci::into(row.employee_name), soci::into(row.pto.id), soci::into(row.pto.employee_id),
         soci::into(start), soci::into(end), reason.into());
    std::vector<MemberPto> entries;
    select.execute();
    while (select.fetch()) {
        row.pto.start = stored_date(start);
        row.pto.end = stored_date(end);
        row.pto.reason = reason.get();
        entries.push_back(row);
    }
    return entries;
}

Error no_project(const std::string& id) {
    return {ErrorCode::kNotFound, "Project " + id + " not found."};
}

}  // namespace

asio::awaitable<Result<std::vector<Holiday>>> SqlCalendarStore::holidays() {
    co_return co_await database_->read([](soci::session& session) -> Result<std::vector<Holiday>> {
        return select_holidays(session);
    });
}

asio::awaitable<Result<Holiday>> SqlCalendarStore::add_holiday(Holiday holiday) {
    co_return co_await database_->write([holiday](soci::session& session) -> Result<Holiday> {
        insert_holiday(session, holiday);
        Holiday stored = holiday;
        const std::string date = format_date(holiday.date);
        session << "SELECT type FROM holidays WHERE date = :date AND name = :name",
            soci::use(date, "date"), soci::use(holiday.name, "name"), soci::into(stored.type);
        return stored;
    });
}

asio::awaitable<Result<void>> SqlCalendarStore::remove_holidays(Date date) {
    co_return co_await database_->write([date](soci::session& session) -> Result<void> {
        const std::string text = format_date(date);
        soci::statement remove =
            (session.prepare << "DELETE FROM holidays WHERE date = :date", soci::use(text, "date"));
        remove.execute(true);
        if (remove.get_affected_rows() == 0) {
            return fail(ErrorCode::kNotFound, "Holiday " + text + " not found.");
        }
        return {};
    });
}

asio::awaitable<Result<std::vector<Pto>>> SqlCalendarStore::time_off(std::string project_id) {
    co_return co_await database_->read(
        [project_id](soci::session& session) -> Result<std::vector<Pto>> {
            if (!exists(session, kProjectExists, project_id)) {
                return std::unexpected(no_project(project_id));
            }
            std::vector<Pto> entries;
            for (auto& entry : select_time_off(session, project_id, "0000-00-00", "9999-99-99")) {
                entries.push_back(std::move(entry.pto));
            }
            return entries;
        });
}

asio::awaitable<Result<void>> SqlCalendarStore::add_time_off(std::string project_id, Pto pto) {
    co_return co_await database_->write([project_id, pto](soci::session& session) -> Result<void> {
        int found = 0;
        session << "SELECT 1 FROM project_team WHERE project_id = :project AND employee_id = :id",
            soci::use(project_id, "project"), soci::use(pto.employee_id, "id"), soci::into(found);
        if (!session.got_data()) {
            return fail(ErrorCode::kNotFound,
                        "Employee " + pto.employee_id + " not assigned to project " + project_id);
        }
        insert_pto(session, pto);
        return {};
    });
}

asio::awaitable<Result<void>> SqlCalendarStore::remove_time_off(std::string project_id,
                                                                std::string pto_id) {
    co_return co_await database_->write(
        [project_id, pto_id](soci::session& session) -> Result<void> {
            soci::statement remove =
                (session.prepare << "DELETE FROM pto WHERE id = :id AND employee_id IN "
                                    "(SELECT employee_id FROM project_team "
                                    "WHERE project_id = :project)",
                 soci::use(pto_id, "id"), soci::use(project_id, "project"));
            remove.execute(true);
            if (remove.get_affected_rows() == 0) {
                return fail(ErrorCode::kNotFound,
                            "PTO entry " + pto_id + " not found for project " + project_id);
            }
            return {};
        });
}

asio::awaitable<Result<DaysOff>> SqlCalendarStore::days_off(std::string project_id, Window window) {
    co_return co_await database_->read(
        [project_id, window](soci::session& session) -> Result<DaysOff> {
            if (!exists(session, kProjectExists, project_id)) {
                return std::unexpected(no_project(project_id));
            }
            return DaysOff{select_holidays(session),
                           select_time_off(session, project_id, format_date(window.start),
                                           format_date(window.end))};
        });
}

}  // namespace dsm::project

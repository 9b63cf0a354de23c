// Key names are the contract's; they are also what the other services and the client read.
#include "services/project/http/replies.hpp"

#include "libs/telemetry/log.hpp"

namespace dsm::project {

http::Response refuse(const Error& failure) {
    const bool ours = failure.code == ErrorCode::kNotFound || failure.code == ErrorCode::kConflict;
    if (ours) return http::error(failure);
    telemetry::log(telemetry::Level::kError, "project-service", "database_failed",
                   {{"code", name_of(failure.code)}, {"error", failure.message}});
    return http::database_unavailable(failure);
}

http::Response no_project(const std::string& id) {
    return http::error(404, "Project " + id + " not found.");
}

boost::json::object to_json(const Project& project) {
    return {{"id", project.id},
            {"name", project.name},
            {"description", project.description},
            {"status", project.status}};
}

boost::json::object to_json(const Employee& employee) {
    return {{"id", employee.id},
            {"name", employee.name},
            {"gender", or_null(employee.gender)},
            {"state", or_null(employee.state)},
            {"age", or_null(employee.age)}};
}

boost::json::object to_json(const Holiday& holiday) {
    return {{"holiday_date", format_date(holiday.date)},
            {"holiday_name", holiday.name},
            {"type", holiday.type}};
}

boost::json::object to_json(const Pto& pto) {
    return {{"pto_id", pto.id},
            {"employee_id", pto.employee_id},
            {"start_date", format_date(pto.start)},
            {"end_date", format_date(pto.end)},
            {"reason", or_null(pto.reason)}};
}

boost::json::object to_json(const Conflict& conflict) {
    return {{"type", conflict.kind == ConflictKind::kHoliday ? "holiday" : "pto"},
            {"date", format_date(conflict.date)},
            {"name", conflict.name},
            {"details", conflict.details}};
}

}  // namespace dsm::project

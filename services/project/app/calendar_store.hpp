// Holidays and time off, as the routes need them kept.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "services/project/core/availability.hpp"

namespace dsm::project {

/// What the availability rule looks at, read in one snapshot; may hold more than the window.
struct DaysOff {
    std::vector<Holiday> holidays;
    std::vector<MemberPto> time_off;
};

/// Failures beside those named: kUnavailable and kUnknown of the database.
class CalendarStore {
public:
    virtual ~CalendarStore() = default;

    /// By date, then name.
    virtual boost::asio::awaitable<Result<std::vector<Holiday>>> holidays() = 0;
    /// What is stored after it: a holiday of that date and name is kept as it is.
    virtual boost::asio::awaitable<Result<Holiday>> add_holiday(Holiday holiday) = 0;
    /// All of that date. kNotFound: there is none.
    virtual boost::asio::awaitable<Result<void>> remove_holidays(Date date) = 0;

    /// Of the project's members, by start, then employee. kNotFound: no such project.
    virtual boost::asio::awaitable<Result<std::vector<Pto>>> time_off(std::string project_id) = 0;
    /// kNotFound: the employee is not assigned to the project.
    virtual boost::asio::awaitable<Result<void>> add_time_off(std::string project_id, Pto pto) = 0;
    /// kNotFound: no member of the project has it.
    virtual boost::asio::awaitable<Result<void>> remove_time_off(std::string project_id,
                                                                 std::string pto_id) = 0;
    /// kNotFound: no such project.
    virtual boost::asio::awaitable<Result<DaysOff>> days_off(std::string project_id,
                                                             Window window) = 0;
};

}  // namespace dsm::project

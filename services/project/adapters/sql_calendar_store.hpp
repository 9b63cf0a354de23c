// Holidays and time off in the service's database.
#pragma once

#include "services/project/adapters/project_database.hpp"
#include "services/project/app/calendar_store.hpp"

namespace dsm::project {

class SqlCalendarStore final : public CalendarStore {
public:
    explicit SqlCalendarStore(const ProjectDatabase& database) : database_(database) {}

    boost::asio::awaitable<Result<std::vector<Holiday>>> holidays() override;
    boost::asio::awaitable<Result<Holiday>> add_holiday(Holiday holiday) override;
    boost::asio::awaitable<Result<void>> remove_holidays(Date date) override;
    boost::asio::awaitable<Result<std::vector<Pto>>> time_off(std::string project_id) override;
    boost::asio::awaitable<Result<void>> add_time_off(std::string project_id, Pto pto) override;
    boost::asio::awaitable<Result<void>> remove_time_off(std::string project_id,
                                                         std::string pto_id) override;
    boost::asio::awaitable<Result<DaysOff>> days_off(std::string project_id,
                                                     Window window) override;

private:
    const ProjectDatabase& database_;
};

}  // namespace dsm::project

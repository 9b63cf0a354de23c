// Keeps the daily reports of sprints in SQL.
#pragma once

#include "libs/rt/random.hpp"
#include "services/sprint/adapters/sprint_database.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

class SqlScrumJournal final : public ScrumJournal {
public:
    /// Both outlive this.
    SqlScrumJournal(SprintDatabase& database, rt::Random& random)
        : database_(database), random_(random) {}

    boost::asio::awaitable<Result<StoredReport>> report_of(std::string sprint_id, Date date,
                                                           ProgressSource source,
                                                           Cause cause) override;
    boost::asio::awaitable<Result<void>> mark_recorded(std::string sprint_id, Date date,
                                                       std::string report_id) override;

private:
    SprintDatabase& database_;
    rt::Random& random_;
};

}  // namespace dsm::sprint

// Makes the CronJobs that a workspace file names (contract section 12): no decision, no record.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "services/orchestrator/app/cronjob_keeper.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

struct ImportedCronJobs {
    std::vector<std::string> created;
    std::vector<std::string> existing;
};

class CronJobImport {
public:
    CronJobImport(SprintDirectory& sprints, CronJobKeeper& cronjobs, DecisionStore& store);

    /// Checked whole first: 422 when a name is that of no active sprint. Repeating it completes
    /// what was cut short.
    boost::asio::awaitable<Outcome<ImportedCronJobs>> run(std::vector<std::string> names,
                                                          Call call);

private:
    SprintDirectory& sprints_;
    CronJobKeeper& cronjobs_;
    DecisionStore& store_;
};

}  // namespace dsm::orchestrator

// Deletes one CronJob of one project, and never anything else (contract section 2.7).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

/// 404 when there is none of that name, or it lacks our label, or it is another project's. The
/// object that was looked at is the one that is deleted: a later one of the same name is a 409.
boost::asio::awaitable<Outcome<void>> remove_cronjob(CronJobs& cronjobs, ProjectId project,
                                                     std::string name, Call call);

}  // namespace dsm::orchestrator

// Sends a checked workspace to the services: all of it is looked at before the first row is
// written.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "dsm/client/api.hpp"
#include "dsm/client/endpoints.hpp"
#include "dsm/workspace/workspace.hpp"
#include "libs/base/result.hpp"

namespace dsm::client {

/// What became of the rows and CronJobs of a file; a task counts once, though two services hold it.
struct ImportCount {
    std::size_t added = 0;
    std::size_t kept = 0;  ///< existed already and stayed as they were

    bool operator==(const ImportCount&) const = default;
};

/// Rows that exist are kept as they are, so a repeat completes what was cut short. The error's
/// message names the service and what it said.
Result<ImportCount> import_workspace(Api& api, const Endpoints& endpoints,
                                     const workspace::Workspace& workspace);

/// The count of one answer: `imported` and `kept` of a service, or the orchestrator's lists of
/// `created` and `existing` names.
ImportCount count_of(const boost::json::value& answer);

/// "12 new, 36 kept as they were"; "3 new" when nothing was kept.
std::string to_text(const ImportCount& count);

/// The workspace as the services hold it. Deterministic for equal contents.
Result<workspace::Workspace> export_workspace(Api& api, const Endpoints& endpoints,
                                              const workspace::CronJobNaming& naming);

}  // namespace dsm::client

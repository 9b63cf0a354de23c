// Sends a checked workspace to the services: all of it is looked at before the first row is
// written.
#pragma once

#include <functional>
#include <string>

#include "dsm/client/api.hpp"
#include "dsm/client/endpoints.hpp"
#include "dsm/workspace/workspace.hpp"
#include "libs/base/result.hpp"

namespace dsm::client {

/// Rows that exist are kept as they are, so a repeat completes what was cut short. The error's
/// message names the service and what it said.
Result<void> import_workspace(Api& api, const Endpoints& endpoints,
                              const workspace::Workspace& workspace);

/// The workspace as the services hold it. Deterministic for equal contents.
Result<workspace::Workspace> export_workspace(Api& api, const Endpoints& endpoints,
                                              const workspace::CronJobNaming& naming);

}  // namespace dsm::client

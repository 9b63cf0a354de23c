// The orchestrator: keeps the daily scrum of a project's active sprint running, on request.
#pragma once

#include <memory>

#include "libs/service/service.hpp"
#include "services/orchestrator/config.hpp"

namespace dsm::orchestrator {

/// Contract section 2. Opens its database in `start`; needs no other service to be up for that.
std::unique_ptr<service::Service> make_service(Config config, service::Environment environment);

}  // namespace dsm::orchestrator

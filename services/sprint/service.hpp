// sprint-service: sprints and their tasks, the daily scrum of one sprint, and its end.
#pragma once

#include <memory>

#include "libs/service/service.hpp"
#include "services/sprint/config.hpp"

namespace dsm::sprint {

/// Contract section 5, and the producer and consumer of section 7. The service opens its database
/// in `start`; until then it holds nothing.
std::unique_ptr<service::Service> make_service(Config config, service::Environment environment);

}  // namespace dsm::sprint

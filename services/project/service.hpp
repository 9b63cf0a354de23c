// project-service: projects, the people on them, and the days on which they are away.
#pragma once

#include <memory>

#include "libs/service/service.hpp"
#include "services/project/config.hpp"

namespace dsm::project {

/// Contract section 3, and the consumer `project-service-group` of section 7. The service opens its
/// database in `start`; until then it holds nothing.
///
/// Beside the contract: `GET /workspace` gives {"projects","employees","holidays","pto"} as section
/// 12 writes them, and `POST /workspace` takes them (`?dry_run=true` only checks).
std::unique_ptr<service::Service> make_service(Config config, service::Environment environment);

}  // namespace dsm::project

// backlog-service: every project's tasks, and which of them no sprint has taken yet.
#pragma once

#include <memory>

#include "libs/service/service.hpp"
#include "services/backlog/config.hpp"

namespace dsm::backlog {

/// Contract section 4, and the consumers `backlog_service_group` of section 7. The service opens
/// its database in `start`; until then it holds nothing.
///
/// Beside the contract: `GET /workspace` gives {"tasks":[Task]} as section 12 writes them, and
/// `POST /workspace` takes them (`?dry_run=true` only checks). `PUT /tasks/{t}` takes `updated_at`
/// (RFC 3339) from a caller that tells late what it did earlier: nothing newer is overwritten.
std::unique_ptr<service::Service> make_service(Config config, service::Environment environment);

}  // namespace dsm::backlog

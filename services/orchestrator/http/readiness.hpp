// The body of /health/ready, from what was last seen: nobody is called (contract section 2.8).
#pragma once

#include "libs/base/time.hpp"
#include "libs/http/message.hpp"
#include "libs/service/readiness.hpp"
#include "services/orchestrator/app/dependency.hpp"
#include "services/orchestrator/core/rights.hpp"

namespace dsm::orchestrator {

/// Only our own database makes us not ready; whatever else is down is told with 200.
/// Additive: `kubernetes_rights`, with the rules that would grant what is missing.
http::Response readiness(const service::StoreHealth& database, const Dependencies& dependencies,
                         const std::vector<RightFinding>& rights, Instant now);

}  // namespace dsm::orchestrator

// chronicle-service: keeps what was reported, planned, learned and decided, for good.
#pragma once

#include <memory>

#include "libs/service/service.hpp"
#include "services/chronicle/config.hpp"

namespace dsm::chronicle {

/// Contract section 6, and the consumer `chronicle-service-group` of section 7. The service opens
/// its database in `start`; until then it holds nothing.
///
/// A note's source id is its `audit_id`, else its `event_id`, else the `Idempotency-Key` header:
/// one note a type and source id. The planning note of a `SprintStarted` has the event's id as its
/// source, so whoever else writes that note sends the same id and there is one.
std::unique_ptr<service::Service> make_service(Config config, service::Environment environment);

}  // namespace dsm::chronicle

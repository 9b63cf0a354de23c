// Core and app values as HTTP answers.
#pragma once

#include "libs/http/message.hpp"
#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

/// The error body of contract section 2.5, with `Retry-After` when the breaker refused.
http::Response reply_of(const Failure& failure);

/// The 200 with its `X-Decision-ID`.
http::Response reply_of(const Answer& answer);

}  // namespace dsm::orchestrator

// Which trace a request belongs to: the caller's, or one of its own.
#pragma once

#include "libs/http/message.hpp"
#include "libs/rt/random.hpp"
#include "libs/telemetry/trace.hpp"

namespace dsm::http {

/// With a new correlation id, or a new trace, where the headers have no valid one; null: no
/// headers. Always a span of its own.
telemetry::TraceContext trace_of(const Headers* headers, rt::Random& random);

}  // namespace dsm::http

// The ids that tie one request's calls, log lines, notes and events together.
#pragma once

#include <string>
#include <string_view>

namespace dsm::telemetry {

/// Taken from the caller's `X-Correlation-ID` and W3C `traceparent`, or made.
struct TraceContext {
    std::string correlation_id;
    std::string traceparent;  ///< `00-<32 hex>-<16 hex>-<2 hex>`
};

/// True for 1 to 128 printable ASCII characters without spaces; anything else is replaced, not
/// passed on.
bool is_valid_correlation_id(std::string_view text);

/// True for a well-formed version 00 traceparent whose ids are not all zero.
bool is_valid_traceparent(std::string_view text);

/// The same trace with `span_id` (16 hex) as the parent of what follows.
std::string child_traceparent(std::string_view traceparent, std::string_view span_id);

}  // namespace dsm::telemetry

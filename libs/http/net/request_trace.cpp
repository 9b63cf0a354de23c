#include "libs/http/net/request_trace.hpp"

#include <fmt/format.h>

namespace dsm::http {

telemetry::TraceContext trace_of(const Headers* headers, rt::Random& random) {
    const auto sent = [&](std::string_view name) {
        const auto value = headers ? headers->find(name) : std::nullopt;
        return value.value_or(std::string_view());
    };
    telemetry::TraceContext trace;
    trace.correlation_id = sent("X-Correlation-ID");
    if (!telemetry::is_valid_correlation_id(trace.correlation_id)) {
        trace.correlation_id = random.uuid();
    }
    const std::string_view parent = sent("traceparent");
    const std::string span = random.hex(8);
    trace.traceparent = telemetry::is_valid_traceparent(parent)
                            ? telemetry::child_traceparent(parent, span)
                            : fmt::format("00-{}-{}-01", random.hex(16), span);
    return trace;
}

}  // namespace dsm::http

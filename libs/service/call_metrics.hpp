// What the policy of calls made of them, as metrics.
#pragma once

#include <map>
#include <string>

#include "libs/rt/dependency.hpp"
#include "libs/telemetry/metrics.hpp"

namespace dsm::service {

/// `dsm_dependency_breaker_state{dependency,state}`: 1 for the state it is in, 0 for the others;
/// `dsm_dependency_retries_total`, `dsm_dependency_retries_refused_total` and
/// `dsm_dependency_calls_shed_total{dependency}`. One object a service. Not thread-safe.
class CallMetrics {
public:
    explicit CallMetrics(telemetry::Metrics& metrics) : metrics_(metrics) {}

    /// `tally` counts from the start of the process, as `rt::Dependency` does.
    void publish(const std::string& dependency, const rt::CallTally& tally);

private:
    telemetry::Metrics& metrics_;
    std::map<std::string, rt::CallTally> published_;
};

}  // namespace dsm::service

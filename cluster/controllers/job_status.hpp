// The status of a Job in each state, as the Job controller of Kubernetes 1.34 writes it. Pure.
#pragma once

#include <string_view>

#include "cluster/objects/json.hpp"
#include "libs/base/time.hpp"

namespace dsm::cluster {

/// Sets a condition: in place when the type is there, else at the end. The transition time moves
/// only when the status changes.
void set_condition(json::value& job, std::string_view type, bool holds, std::string_view reason,
                   std::string_view message, Instant now);

/// How many Pods of the Job there are, in its status.
struct PodCounts {
    std::int64_t active = 0;
    std::int64_t succeeded = 0;
    std::int64_t failed = 0;
};
PodCounts pod_counts(const json::value& job);
void set_pod_counts(json::value& job, const PodCounts& counts);

/// Completions wanted: 1 for a Job that counts none.
std::int64_t wanted_completions(const json::value& job);

}  // namespace dsm::cluster

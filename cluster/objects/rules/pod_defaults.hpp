// The defaults of a pod template, which Jobs and CronJobs share.
#pragma once

#include "cluster/objects/json.hpp"

namespace dsm::cluster {

/// `template_value` is {metadata, spec}, canonical. Idempotent.
void apply_pod_template_defaults(json::value& template_value);

}  // namespace dsm::cluster

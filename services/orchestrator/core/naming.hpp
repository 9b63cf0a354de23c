// The name of a sprint's CronJob: the lock that makes creating it twice creating it once.
#pragma once

#include <string>
#include <string_view>

#include "services/orchestrator/core/ids.hpp"

namespace dsm::orchestrator {

/// As whom the orchestrator writes at the Kubernetes API.
inline constexpr const char* kFieldManager = "dsm-orchestrator";

/// Pure and injective, a DNS-1123 subdomain of at most 52 characters (contract section 8):
/// `run-dailyscrum-{project}-{sprint}` in lower case where that cannot be mistaken for another
/// pair's, else a readable prefix and 16 hex digits of a hash of both ids.
std::string cronjob_name(const ProjectId& project, const SprintId& sprint);

/// At most 63 of letters, digits, `-`, `_`, `.`, with a letter or digit at both ends.
bool is_label_value(std::string_view text);

/// `id` where that is a label value, else 32 hex digits of its hash.
std::string label_value(const std::string& id);

}  // namespace dsm::orchestrator

// Cuts a workspace into requests that the services take: few rows and few bytes each.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "dsm/workspace/workspace.hpp"

namespace dsm::workspace {

enum class Target { kProject, kBacklog, kSprint, kOrchestrator };

/// One `POST /workspace` (kOrchestrator: `POST /workspace/cronjobs`).
struct Batch {
    Target target;
    boost::json::object body;
};

inline constexpr std::size_t kRowsPerBatch = 500;
inline constexpr std::size_t kBytesPerBatch = 600 * 1024;  ///< a service takes 1 MiB

/// In the order in which they must be sent: what is referred to before what refers to it, and the
/// CronJobs last.
std::vector<Batch> batches_of(const Workspace& workspace);

}  // namespace dsm::workspace

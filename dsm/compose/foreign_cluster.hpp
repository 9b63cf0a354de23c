// A cluster of somebody else, in place of the embedded one.
#pragma once

#include <string>

#include "libs/base/result.hpp"
#include "libs/kube/access.hpp"
#include "libs/rt/clock.hpp"

namespace dsm::compose {

/// Reads the kubeconfig and looks whether the namespace exists. kInvalid says what to do when it
/// does not; a cluster that does not say (no right to look, no answer) is taken as it is: the
/// orchestrator reports its state with every decision.
Result<kube::Access> find_foreign_cluster(const std::string& kubeconfig, const std::string& context,
                                          const std::string& name_space, const rt::Clock& clock);

}  // namespace dsm::compose

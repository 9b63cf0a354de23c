// The clusters that the contract of the Kubernetes port holds on: a test's fake, the embedded one,
// and a real one where there is one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/kube/access.hpp"

namespace dsm::kube::testing {

/// A cluster with one namespace for the test.
class AnyCluster {
public:
    virtual ~AnyCluster() = default;
    virtual Access access() = 0;
    virtual std::string name_space() = 0;
    /// From now on `access` is that of somebody who may nothing.
    virtual void take_rights_away() = 0;
};

/// "fake", "embedded" and, with DSM_TEST_KUBECONFIG, "real".
std::vector<std::string> cluster_names();

/// Throws if it cannot be made.
std::unique_ptr<AnyCluster> make_cluster(const std::string& name);

}  // namespace dsm::kube::testing

// The objects of a kustomization of deploy/, as `kubectl kustomize` renders them. No cluster
// needed.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

namespace dsm::testing {

using Objects = std::vector<YAML::Node>;

/// True when kubectl is there and knows what deploy/ uses (1.27 or newer).
bool kubectl_renders();

/// Throws with kubectl's words when it refuses.
Objects render(const std::string& folder);
std::string deploy_folder();

Objects of_kind(const Objects& objects, const std::string& kind);
/// The one object; throws when there is none.
YAML::Node find(const Objects& objects, const std::string& kind, const std::string& name);

/// The Pod's spec of every Deployment, Job and Pod, by "Kind/name".
std::vector<std::pair<std::string, YAML::Node>> pods(const Objects& objects);

/// The text of a scalar, "" for what is not there.
std::string text(const YAML::Node& node);

}  // namespace dsm::testing

// Reads kubeconfig files as client-go does: several are merged, and the first that says a thing
// wins.
#pragma once

#include <string>
#include <vector>

#include "libs/kube/access.hpp"

namespace dsm::kube {

/// `files` exist. kInvalid with file and reason; see load_access for what is refused.
Result<Access> access_from_kubeconfig(const std::vector<std::string>& files,
                                      const std::string& context, InsecureTls insecure);

/// The whole file, or kInvalid that says which file and why.
Result<std::string> read_whole_file(const std::string& path);

}  // namespace dsm::kube

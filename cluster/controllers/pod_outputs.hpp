// The files that hold what Pods printed: one a Pod, kept as long as its Job.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace dsm::cluster {

/// `{folder}/{namespace}_{job}-{5 letters}.log`.
std::string output_file(const std::string& folder, std::string_view name_space,
                        std::string_view pod);

/// Removes the files whose Job is gone; `is_there` is asked with "/namespace/job". Files of other
/// names, and an empty `folder`, are left alone.
void remove_orphaned_outputs(const std::string& folder,
                             const std::function<bool(const std::string& key)>& is_there);

}  // namespace dsm::cluster

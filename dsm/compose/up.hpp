// `dsm up` from its flags to its end: what is checked, in which order things start, and what is
// left.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dsm/client/exit_code.hpp"
#include "dsm/settings/settings.hpp"
#include "libs/base/time.hpp"

namespace dsm::compose {

enum class Sample { kNone, kLoad };

struct UpOptions {
    std::string program = "dsm";  ///< how this binary was called, for lines to try
    settings::Settings settings;
    Sample sample = Sample::kNone;
    std::vector<std::string> imports;
    std::optional<Instant> now;
    std::string kubeconfig;  ///< of a cluster of somebody else; empty: the embedded one
    std::string context;
};

/// Runs until SIGTERM or SIGINT. Messages go to stderr, the banner to stdout.
client::ExitCode run_up(const UpOptions& options);

}  // namespace dsm::compose

// `dsm serve`: one service with what its settings say around it.
#pragma once

#include <string>

#include "dsm/client/exit_code.hpp"
#include "dsm/settings/settings.hpp"

namespace dsm::compose {

enum class Role { kProject, kBacklog, kSprint, kChronicle, kOrchestrator };

struct ServeOptions {
    settings::Settings settings;
    Role role = Role::kProject;
    std::string kubeconfig;  ///< of the orchestrator; empty: the usual places
    std::string context;
};

/// Runs until SIGTERM or SIGINT.
client::ExitCode run_serve(const ServeOptions& options);

}  // namespace dsm::compose

// `dsm serve`: one service, as a Pod runs it.
#include <CLI/CLI.hpp>

#include "dsm/commands/command.hpp"
#include "dsm/compose/serve.hpp"

namespace dsm::commands {

void add_serve(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("serve", "Run one service, as a Pod does");
    auto options = std::make_shared<compose::ServeOptions>();
    const std::map<std::string, compose::Role> roles = {
        {"project", compose::Role::kProject},
        {"backlog", compose::Role::kBacklog},
        {"sprint", compose::Role::kSprint},
        {"chronicle", compose::Role::kChronicle},
        {"orchestrator", compose::Role::kOrchestrator}};
    command->add_option("service", options->role, "Which one")
        ->required()
        ->transform(CLI::CheckedTransformer(roles).description(
            "project, backlog, sprint, chronicle or orchestrator"));
    command->add_option("--kubeconfig", options->kubeconfig,
                        "Of the orchestrator's cluster; none: KUBECONFIG, ~/.kube/config, or the "
                        "Pod's service account");
    command->add_option("--context", options->context, "Context of the kubeconfig");
    SettingFlags flags(settings::kServe);
    flags.add_to(*command);
    command->footer("Logs go to stderr, one JSON object a line. SIGTERM ends it within 5 s.");
    command->callback([&run, options, flags] {
        run = [options, flags] {
            auto settings = flags.read();
            if (!settings) return ExitCode::kUsage;
            options->settings = std::move(*settings);
            return compose::run_serve(*options);
        };
    });
}

}  // namespace dsm::commands

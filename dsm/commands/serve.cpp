// `dsm serve`: one service, as a Pod runs it.
#include <CLI/CLI.hpp>

#include "dsm/commands/command.hpp"
#include "dsm/compose/serve.hpp"

namespace dsm::commands {

namespace {

std::optional<compose::Role> role_of(std::string_view name) {
    if (name == "project") return compose::Role::kProject;
    if (name == "backlog") return compose::Role::kBacklog;
    if (name == "sprint") return compose::Role::kSprint;
    if (name == "chronicle") return compose::Role::kChronicle;
    if (name == "orchestrator") return compose::Role::kOrchestrator;
    return std::nullopt;
}

}  // namespace

void add_serve(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("serve", "Run one service, as a Pod does");
    auto options = std::make_shared<compose::ServeOptions>();
    auto name = std::make_shared<std::string>();
    command->add_option("service", *name, "project, backlog, sprint, chronicle or orchestrator")
        ->required();
    command->add_option("--kubeconfig", options->kubeconfig,
                        "Of the orchestrator's cluster; none: KUBECONFIG, ~/.kube/config, or the "
                        "Pod's service account");
    command->add_option("--context", options->context, "Context of the kubeconfig");
    SettingFlags flags(settings::kServe);
    flags.add_to(*command);
    command->footer("Logs go to stderr, one JSON object a line. SIGTERM ends it within 5 s.");
    command->callback([&run, options, name, flags] {
        run = [options, name, flags] {
            const auto role = role_of(*name);
            if (!role) {
                complain(
                    fmt::format("there is no service {}: name project, backlog, sprint, "
                                "chronicle or orchestrator",
                                *name));
                return ExitCode::kUsage;
            }
            options->role = *role;
            auto settings = flags.read();
            if (!settings) return ExitCode::kUsage;
            options->settings = std::move(*settings);
            return compose::run_serve(*options);
        };
    });
}

}  // namespace dsm::commands

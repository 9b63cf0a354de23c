// `dsm up`: the whole system in one process.
#include <CLI/CLI.hpp>

#include "dsm/commands/command.hpp"
#include "dsm/compose/up.hpp"

namespace dsm::commands {

namespace {

struct Choices {
    compose::UpOptions options;
    bool sample = false;
    std::string now;
};

ExitCode up(Choices choices, const SettingFlags& flags) {
    auto settings = flags.read();
    if (!settings) return ExitCode::kUsage;
    choices.options.settings = std::move(*settings);
    if (choices.sample) choices.options.sample = compose::Sample::kLoad;
    if (!choices.now.empty()) {
        choices.options.now = parse_rfc3339(choices.now);
        if (!choices.options.now) {
            complain("--now must be a time like 2025-08-31T14:05:00Z");
            return ExitCode::kUsage;
        }
    }
    if (choices.options.kubeconfig.empty() && !choices.options.context.empty()) {
        complain("--context needs --kubeconfig");
        return ExitCode::kUsage;
    }
    return compose::run_up(choices.options);
}

}  // namespace

void add_up(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand(
        "up", "Run the whole system here: five services, their streams and a Kubernetes API");
    auto choices = std::make_shared<Choices>();
    command->add_flag("--sample", choices->sample, "Load a sample workspace, once a directory");
    command->add_option("--import", choices->options.imports,
                        "Load this workspace file before being ready, once a directory; may be "
                        "repeated");
    command->add_option("--now", choices->now,
                        "Start the services' clock at this time (RFC 3339); it runs on from there");
    command->add_option("--kubeconfig", choices->options.kubeconfig,
                        "Use this cluster instead of the embedded one; the namespace must exist");
    command->add_option("--context", choices->options.context, "Context of that kubeconfig");
    SettingFlags flags(settings::kUp);
    flags.add_to(*command);
    command->footer(
        "State is kept in the data directory: after a stop, or a kill, the next start "
        "finds everything as it was. endpoints.json there says where everything is.");
    command->callback([&app, &run, choices, flags] {
        choices->options.program = app.get_name();
        run = [choices, flags] { return up(*choices, flags); };
    });
}

}  // namespace dsm::commands

// `dsm export`: the running system's workspace as a file.
#include <CLI/CLI.hpp>

#include "dsm/client/files.hpp"
#include "dsm/client/importer.hpp"
#include "dsm/commands/command.hpp"
#include "dsm/compose/naming.hpp"

namespace dsm::commands {

namespace {

ExitCode export_to(const std::string& path, const settings::Settings& settings) {
    auto endpoints = locate(settings, kOrchestrator | kProject | kBacklog | kSprint);
    if (!endpoints) return failed(endpoints.error());
    rt::SystemClock clock;
    client::Api api(clock);
    auto workspace = client::export_workspace(api, *endpoints, compose::cronjob_name);
    if (!workspace) return failed(workspace.error());
    const auto text = workspace::to_text(*workspace);
    if (path.empty()) return print(text) ? ExitCode::kDone : ExitCode::kFailed;
    if (auto written = client::write_whole(path, text); !written) return failed(written.error());
    std::fprintf(stderr, "wrote %s: %s\n", path.c_str(), workspace::summary(*workspace).c_str());
    return ExitCode::kDone;
}

}  // namespace

void add_export(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand(
        "export", "Write the workspace (projects, people, sprints, tasks) for `dsm import`");
    auto path = std::make_shared<std::string>();
    command->add_option("-o,--output", *path, "A file, written whole; none: standard output");
    SettingFlags flags(settings::kClient);
    flags.add_to(*command, {"DSM_DATA", "ORCHESTRATOR_URL", "PROJECT_SERVICE_URL",
                            "BACKLOG_SERVICE_URL", "SPRINT_SERVICE_URL"});
    command->footer("Equal contents give equal bytes. Notes, decisions and events are not in it.");
    command->callback([&run, path, flags] {
        run = [path, flags] {
            const auto settings = flags.read();
            return settings ? export_to(*path, *settings) : ExitCode::kUsage;
        };
    });
}

}  // namespace dsm::commands

// `dsm import`: puts a workspace file into the running system.
#include <CLI/CLI.hpp>

#include "dsm/client/files.hpp"
#include "dsm/client/importer.hpp"
#include "dsm/commands/command.hpp"
#include "dsm/compose/naming.hpp"

namespace dsm::commands {

namespace {

ExitCode import_file(const std::string& path, const settings::Settings& settings) {
    auto text = client::read_whole(path);
    if (!text) {
        complain(text.error().message);
        return ExitCode::kFailed;
    }
    auto workspace = workspace::parse(*text, compose::cronjob_name);
    if (!workspace) {
        complain(fmt::format("{} was not imported:", path));
        for (const auto& wrong : workspace.error()) std::fprintf(stderr, "  %s\n", wrong.c_str());
        return ExitCode::kFailed;
    }
    auto endpoints = locate(settings, kOrchestrator | kProject | kBacklog | kSprint);
    if (!endpoints) return failed(endpoints.error());
    rt::SystemClock clock;
    client::Api api(clock);
    auto count = client::import_workspace(api, *endpoints, *workspace);
    if (!count) return failed(count.error());
    print(fmt::format("imported {} ({}): {}\n", path, workspace::summary(*workspace),
                      client::to_text(*count)));
    return ExitCode::kDone;
}

}  // namespace

void add_import(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand(
        "import", "Put a workspace file into the running system; rows that exist stay as they are");
    auto path = std::make_shared<std::string>();
    command->add_option("file", *path, "The workspace file")->required();
    SettingFlags flags(settings::kClient);
    flags.add_to(*command, {"DSM_DATA", "ORCHESTRATOR_URL", "PROJECT_SERVICE_URL",
                            "BACKLOG_SERVICE_URL", "SPRINT_SERVICE_URL"});
    command->footer(
        "The file is checked whole before anything is written. Exit codes: 0 done, "
        "1 a bad file, 4 something does not answer, 5 refused.");
    command->callback([&run, path, flags] {
        run = [path, flags] {
            const auto settings = flags.read();
            return settings ? import_file(*path, *settings) : ExitCode::kUsage;
        };
    });
}

}  // namespace dsm::commands

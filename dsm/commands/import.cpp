// `dsm import`: puts a workspace file into the running system.
#include <CLI/CLI.hpp>

#include "dsm/client/files.hpp"
#include "dsm/client/importer.hpp"
#include "dsm/commands/command.hpp"
#include "dsm/compose/naming.hpp"
#include "dsm/sample/sample.hpp"

namespace dsm::commands {

namespace {

/// A checked workspace, and what it is called in messages.
struct Source {
    std::string name;
    workspace::Workspace workspace;
};

/// nullopt after stderr says what is wrong with it.
std::optional<Source> read_source(const std::string& path) {
    const bool sample = path.empty();
    auto text = sample ? Result<std::string>(sample::text(rt::SystemClock().today()))
                       : client::read_whole(path);
    if (!text) {
        complain(text.error().message);
        return std::nullopt;
    }
    const std::string name = sample ? "the sample workspace" : path;
    auto workspace = workspace::parse(*text, compose::cronjob_name);
    if (workspace) return Source{name, std::move(*workspace)};
    complain(fmt::format("{} was not imported:", name));
    for (const auto& wrong : workspace.error()) std::fprintf(stderr, "  %s\n", wrong.c_str());
    return std::nullopt;
}

ExitCode import_from(const std::string& path, const settings::Settings& settings) {
    auto source = read_source(path);
    if (!source) return ExitCode::kFailed;
    auto endpoints = locate(settings, kOrchestrator | kProject | kBacklog | kSprint);
    if (!endpoints) return failed(endpoints.error());
    rt::SystemClock clock;
    client::Api api(clock);
    auto count = client::import_workspace(api, *endpoints, source->workspace);
    if (!count) return failed(count.error());
    print(fmt::format("imported {} ({}): {}\n", source->name, workspace::summary(source->workspace),
                      client::to_text(*count)));
    return ExitCode::kDone;
}

}  // namespace

void add_import(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand(
        "import", "Put a workspace file into the running system; rows that exist stay as they are");
    auto path = std::make_shared<std::string>();
    auto* file = command->add_option("file", *path, "The workspace file");
    auto sample = std::make_shared<bool>(false);
    command->add_flag("--sample", *sample, "The sample workspace of `dsm up --sample`")
        ->excludes(file);
    SettingFlags flags(settings::kClient);
    flags.add_to(*command, {"DSM_DATA", "ORCHESTRATOR_URL", "PROJECT_SERVICE_URL",
                            "BACKLOG_SERVICE_URL", "SPRINT_SERVICE_URL"});
    command->footer(
        "The file is checked whole before anything is written. Exit codes: 0 done, "
        "1 a bad file, 4 something does not answer, 5 refused.");
    command->callback([&run, path, sample, flags] {
        run = [path, sample, flags] {
            if (path->empty() && !*sample) {
                complain("name a workspace file, or give --sample");
                return ExitCode::kUsage;
            }
            const auto settings = flags.read();
            return settings ? import_from(*path, *settings) : ExitCode::kUsage;
        };
    });
}

}  // namespace dsm::commands

// `dsm failpoints`: the points at which this build can be made to fail. For tests; not in the help.
#include <CLI/CLI.hpp>

#include "dsm/commands/command.hpp"
#include "libs/failpoint/failpoint.hpp"

namespace dsm::commands {

void add_failpoints(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("failpoints", "List the failpoints of a test build");
    command->group("");
    command->callback([&run] {
        run = [] {
            if (failpoint::all_points().empty()) complain("This build has no failpoints.");
            for (const auto& name : failpoint::all_points()) print(name + "\n");
            return ExitCode::kDone;
        };
    });
}

}  // namespace dsm::commands

// `dsm settings`: what can be set, and the page of it.
#include <CLI/CLI.hpp>

#include "dsm/commands/command.hpp"

namespace dsm::commands {

void add_settings(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("settings", "List every setting");
    auto as_page = std::make_shared<bool>(false);
    command->add_flag("--markdown", *as_page, "As the page docs/configuration.md");
    command->callback([&run, as_page] {
        run = [as_page] {
            if (*as_page) return print(settings::markdown()) ? ExitCode::kDone : ExitCode::kFailed;
            for (const auto& one : settings::declarations()) {
                const auto value =
                    one.default_text.empty() ? std::string_view("(empty)") : one.default_text;
                print(fmt::format("{:<24} {:<26} {}\n", one.name, value, one.doc));
            }
            for (const auto& one : settings::kCallees) {
                print(fmt::format("{:<24} {:<26} {}\n", fmt::format("{}CALL_…", one.prefix), "",
                                  fmt::format("Any of CALL_…, RETRY_BUDGET_… and BREAKER_… with "
                                              "this prefix: of calls to {} alone.",
                                              one.title)));
            }
            return ExitCode::kDone;
        };
    });
}

}  // namespace dsm::commands

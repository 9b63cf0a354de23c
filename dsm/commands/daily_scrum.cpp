// `dsm daily-scrum`: the command of the CronJob's Pod.
#include <CLI/CLI.hpp>
#include <iostream>

#include "dsm/commands/command.hpp"
#include "dsm/job/daily_scrum.hpp"

namespace dsm::commands {

void add_daily_scrum(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand(
        "daily-scrum", "Hold the daily scrum of one sprint, as the Pod of its CronJob does");
    command->footer(
        "Reads PROJECT_ID, SPRINT_ID and SPRINT_SERVICE_URL from the environment. "
        "Exit code 0 means that the report is in Chronicle.");
    command->callback([&run] {
        run = [] {
            const rt::SystemClock clock;
            const auto random = rt::make_system_random();
            return static_cast<ExitCode>(job::run_daily_scrum(
                job::DailyScrum::of_this_process(), std::cout, std::cerr, clock, *random));
        };
    });
}

}  // namespace dsm::commands

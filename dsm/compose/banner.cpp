// The lines of the banner.
#include "dsm/compose/banner.hpp"

#include <algorithm>
#include <cstdio>

#include "dsm/compose/naming.hpp"
#include "dsm/workspace/rows.hpp"

namespace dsm::compose {

namespace {

struct Example {
    std::string project = "PROJECT";
    std::string cronjob = "CRONJOB";
};

/// A project of this start's intakes whose CronJob is there, so that the lines to try work as they
/// stand.
Example example_of(const std::vector<Intake>& intakes) {
    for (const auto& intake : intakes) {
        const auto& present = intake.workspace.cronjobs;
        for (const auto& sprint : intake.workspace.sprints) {
            const auto& row = sprint.as_object();
            const auto project = workspace::text_of(row, "project_id");
            auto name = cronjob_name(project, workspace::text_of(row, "sprint_id"));
            if (std::ranges::find(present, name) != present.end()) return {project, name};
        }
    }
    return {};
}

std::string place_of(const client::StreamPlace& streams) {
    if (!streams.sqlite_file.empty()) return streams.sqlite_file;
    return fmt::format("Redis at {}:{}", streams.redis_host, streams.redis_port);
}

}  // namespace

std::string text_of(const Banner& banner) {
    const auto& at = banner.endpoints;
    const auto example = example_of(banner.intakes);
    std::string text =
        fmt::format("DSM is up ({} ms). Ctrl-C stops it.\n\n", banner.started_in.count());
    const std::pair<const char*, std::string> places[] = {
        {"orchestrator", at.orchestrator}, {"project", at.project},
        {"backlog", at.backlog},           {"sprint", at.sprint},
        {"chronicle", at.chronicle},       {"kubernetes", at.kubernetes},
        {"kubeconfig", at.kubeconfig},     {"streams", place_of(banner.streams)},
        {"log", banner.data + "/dsm.log"}};
    for (const auto& [name, place] : places) text += fmt::format("  {:<13}{}\n", name, place);
    if (banner.clock_offset != std::chrono::microseconds(0)) {
        text += fmt::format("  {:<13}{} and running; not the machine's\n", "clock",
                            format_rfc3339(banner.now));
    }
    for (const auto& intake : banner.intakes) {
        text += fmt::format("  {:<13}{} ({}): {}\n", "imported", intake.name,
                            workspace::summary(intake.workspace), client::to_text(intake.count));
    }
    text += fmt::format(
        "\nTry:\n"
        "  export KUBECONFIG={}\n"
        "  kubectl get cronjobs -n {}\n"
        "  kubectl delete cronjob {} -n {}\n"
        "  curl -X POST {}/orchestrate/project/{}\n"
        "  dsm events --data {}\n",
        at.kubeconfig, banner.name_space, example.cronjob, banner.name_space, at.orchestrator,
        example.project, banner.data);
    return text;
}

void print_banner(const Banner& banner) {
    const auto text = text_of(banner);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

}  // namespace dsm::compose

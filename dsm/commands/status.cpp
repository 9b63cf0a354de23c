// `dsm status`: how a project stands, or a line for each.
#include <CLI/CLI.hpp>

#include <boost/json/serialize.hpp>

#include "dsm/commands/command.hpp"
#include "dsm/compose/naming.hpp"
#include "libs/http/client.hpp"

namespace dsm::commands {

namespace json = boost::json;
using client::Api;
using client::Reply;

namespace {

Result<Reply> status_of(Api& api, const client::Endpoints& endpoints, const std::string& project) {
    return api.get(fmt::format("{}/orchestrate/project/{}/status", endpoints.orchestrator,
                               http::escape(project)));
}

std::string cronjob_line(const json::value& cronjob) {
    const auto state = shown(cronjob, "status");
    auto text = fmt::format("{} {} \"{}\"", state == "suspended" ? "SUSPENDED" : state,
                            shown(cronjob, "name"), shown(cronjob, "schedule"));
    if (const auto& next = member(cronjob, "next_run"); next.is_string()) {
        text += fmt::format(", next run {}", shown(cronjob, "next_run"));
    }
    return text;
}

/// One line a CronJob. What stops the daily scrum of the active sprint is in capitals: a CronJob
/// that is missing or suspended, or a cluster that does not say.
std::vector<std::string> cronjobs_of(const json::value& status) {
    if (shown(status, "cronjobs_state") == "unknown") {
        return {fmt::format("UNKNOWN ({})", shown(status, "cronjobs_error"))};
    }
    std::vector<std::string> lines;
    const auto project = shown(status, "project_id");
    const auto& sprint = member(status, "current_sprint");
    const auto wanted = sprint.is_string()
                            ? compose::cronjob_name(project, shown(status, "current_sprint"))
                            : std::string();
    bool found = wanted.empty();
    if (const auto* list = member(status, "cronjobs").if_array()) {
        for (const auto& one : *list) {
            found = found || shown(one, "name") == wanted;
            lines.push_back(cronjob_line(one));
        }
    }
    if (!found) {
        lines.insert(lines.begin(), fmt::format("MISSING {} (`dsm orchestrate {}` recreates it)",
                                                wanted, project));
    }
    if (lines.empty()) lines.emplace_back("-");
    return lines;
}

std::string told(const json::value& status) {
    const auto& backlog = member(status, "backlog_status");
    return fmt::format(
        "project    {}\nsprint     {} ({})\nbacklog    {} tasks: {} unassigned, {} in progress, "
        "{} completed\ncronjobs   {}\nlooked at  {}\n",
        shown(status, "project_id"), shown(status, "current_sprint"),
        shown(status, "sprint_status"), shown(backlog, "total_tasks"), shown(backlog, "unassigned"),
        shown(backlog, "in_progress"), shown(backlog, "completed"),
        fmt::join(cronjobs_of(status), "\n           "), shown(status, "last_analysis"));
}

std::string line_of(const json::value& status) {
    const auto& backlog = member(status, "backlog_status");
    return fmt::format("{:<16} {:<20} {:>5} {:>10}  {}\n", shown(status, "project_id"),
                       shown(status, "current_sprint"), shown(backlog, "total_tasks"),
                       shown(backlog, "unassigned"), fmt::join(cronjobs_of(status), "; "));
}

ExitCode one_status(Api& api, const client::Endpoints& endpoints, const std::string& project,
                    bool as_json) {
    auto reply = status_of(api, endpoints, project);
    if (!reply) return failed(reply.error());
    if (!reply->ok()) return failed(*reply);
    print(as_json ? reply->text + "\n" : told(reply->body));
    return ExitCode::kDone;
}

ExitCode every_status(Api& api, const client::Endpoints& endpoints, bool as_json) {
    auto projects = api.get(endpoints.project + "/projects");
    if (!projects) return failed(projects.error());
    if (!projects->ok()) return failed(*projects);
    const auto* list = projects->body.if_array();
    if (list == nullptr) {
        return failed(Error{ErrorCode::kUnavailable, "project-service gave no list"});
    }
    if (!as_json) {
        print(fmt::format("{:<16} {:<20} {:>5} {:>10}  {}\n", "PROJECT", "SPRINT", "TASKS",
                          "UNASSIGNED", "CRONJOBS"));
    }
    auto code = ExitCode::kDone;
    for (const auto& project : *list) {
        auto reply = status_of(api, endpoints, shown(project, "id"));
        if (!reply) return failed(reply.error());
        if (!reply->ok()) {
            complain(fmt::format("{}: {}", shown(project, "id"), reply->reason()));
            code = client::both(code, client::exit_code_of(reply->status));
            continue;
        }
        if (!print(as_json ? reply->text + "\n" : line_of(reply->body))) return ExitCode::kFailed;
    }
    return code;
}

}  // namespace

void add_status(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("status", "Show how a project stands, or every project");
    auto project = std::make_shared<std::string>();
    auto as_json = std::make_shared<bool>(false);
    command->add_option("project", *project, "Id of the project; none: one line for each");
    command->add_flag("--json", *as_json, "Print the orchestrator's answer, one a line");
    SettingFlags flags(settings::kClient);
    flags.add_to(*command, {"DSM_DATA", "ORCHESTRATOR_URL", "PROJECT_SERVICE_URL"});
    command->callback([&run, project, as_json, flags] {
        run = [project, as_json, flags] {
            const auto settings = flags.read();
            if (!settings) return ExitCode::kUsage;
            auto endpoints = locate(
                *settings, project->empty() ? kOrchestrator | kProject : unsigned{kOrchestrator});
            if (!endpoints) return failed(endpoints.error());
            rt::SystemClock clock;
            Api api(clock);
            return project->empty() ? every_status(api, *endpoints, *as_json)
                                    : one_status(api, *endpoints, *project, *as_json);
        };
    });
}

}  // namespace dsm::commands

// `dsm orchestrate`: asks the orchestrator to look at one project, or at every one with an active
// sprint.
#include <CLI/CLI.hpp>
#include <set>

#include "dsm/commands/command.hpp"
#include "libs/http/client.hpp"

namespace dsm::commands {

namespace json = boost::json;
using client::Api;
using client::Reply;

namespace {

struct Choices {
    std::string project;
    bool all = false;
    bool dry_run = false;
    bool explain = false;
    bool as_json = false;
    bool no_sprint = false;
    bool no_assignment = false;
    bool no_cronjob = false;
    std::string schedule;
    std::optional<int> weeks;
    std::optional<int> max_tasks;
    std::string idempotency_key;
};

json::object body_of(const Choices& choices) {
    json::object options;
    if (choices.no_sprint) options["create_sprint_if_needed"] = false;
    if (choices.no_assignment) options["assign_tasks"] = false;
    if (choices.no_cronjob) options["create_cronjob"] = false;
    if (!choices.schedule.empty()) options["schedule"] = choices.schedule;
    if (choices.weeks) options["sprint_duration_weeks"] = *choices.weeks;
    if (choices.max_tasks) options["max_tasks_per_sprint"] = *choices.max_tasks;
    if (options.empty()) return {};
    return {{"options", std::move(options)}};
}

Result<Reply> ask(Api& api, const std::string& orchestrator, const std::string& project,
                  const Choices& choices) {
    auto url = fmt::format("{}/orchestrate/project/{}", orchestrator, http::escape(project));
    std::string_view separator = "?";
    for (const auto& [wanted, query] :
         {std::pair(choices.dry_run, "dry_run=true"), std::pair(choices.explain, "explain=true")}) {
        if (!wanted) continue;
        url += fmt::format("{}{}", separator, query);
        separator = "&";
    }
    http::Headers headers;
    if (!choices.idempotency_key.empty()) headers.set("Idempotency-Key", choices.idempotency_key);
    return api.post(url, body_of(choices), headers);
}

std::vector<std::string> texts_at(const json::value& object, std::string_view key) {
    std::vector<std::string> texts;
    const auto* members = object.if_object();
    const auto* list = members == nullptr ? nullptr : members->if_contains(key);
    if (list == nullptr || !list->is_array()) return texts;
    for (const auto& item : list->get_array()) {
        if (item.is_string()) texts.emplace_back(item.get_string());
    }
    return texts;
}

/// The contract's places of our own flags, so that what is wrong is said in the caller's words.
std::string refusal_of(const Reply& reply) {
    static constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
        {"body.options.schedule", "--schedule"},
        {"body.options.sprint_duration_weeks", "--weeks"},
        {"body.options.max_tasks_per_sprint", "--max-tasks"}};
    auto reason = reply.reason();
    for (const auto& [place, flag] : kFlags) {
        if (const auto at = reason.find(place); at != std::string::npos) {
            reason.replace(at, place.size(), flag);
        }
    }
    return reason;
}

/// A list of field errors is about what the flags said: wrong usage, like a flag that is not
/// there.
ExitCode code_of(const Reply& reply) {
    const bool about_flags = reply.status == 422 && member(reply.body, "detail").is_array();
    return about_flags ? ExitCode::kUsage : client::exit_code_of(reply.status);
}

/// 200 says that the orchestrator answered; what it could not do is in the answer.
ExitCode outcome_of(const Reply& reply) {
    for (const auto& action : texts_at(reply.body, "actions_taken")) {
        if (action.starts_with("Failed ")) return ExitCode::kFailed;
    }
    for (const auto& warning : texts_at(member(reply.body, "decisions"), "warnings")) {
        if (warning.starts_with("CronJob state is unknown")) return ExitCode::kUnavailable;
    }
    return ExitCode::kDone;
}

/// "  holds          the active sprint's CronJob is missing (CronJob absent)": every rule that was
/// tried, in order; the last is the one that decided.
std::string rules_of(const json::value& explanation) {
    const auto* rules = member(explanation, "rules").if_array();
    if (rules == nullptr) return "";
    std::string text = "Rules, in the order they were tried:\n";
    for (const auto& rule : *rules) {
        const auto because = shown(rule, "because");
        text +=
            fmt::format("  {:<14} {}{}\n", member(rule, "held") == true ? "holds" : "does not hold",
                        shown(rule, "rule"), because.empty() ? "" : fmt::format(" ({})", because));
    }
    return text;
}

std::string plan_of(const json::value& explanation) {
    const auto plan = texts_at(explanation, "plan");
    if (plan.empty()) return "Would do nothing.\n";
    return fmt::format("Would do:\n  {}\n", fmt::join(plan, "\n  "));
}

std::string told(const Reply& reply, const Choices& choices) {
    const auto& decisions = member(reply.body, "decisions");
    const auto& explanation = member(reply.body, "explanation");
    std::string text = choices.dry_run ? "Dry run: nothing was done.\n" : "";
    text += fmt::format("{}\n", shown(decisions, "reasoning"));
    if (choices.dry_run) text += plan_of(explanation);
    for (const auto& action : texts_at(reply.body, "actions_taken")) {
        text += fmt::format("  {}\n", action);
    }
    for (const auto& warning : texts_at(decisions, "warnings")) {
        text += fmt::format("  warning: {}\n", warning);
    }
    if (choices.explain) text += rules_of(explanation);
    return text;
}

ExitCode orchestrate_one(Api& api, const client::Endpoints& endpoints, const Choices& choices) {
    auto reply = ask(api, endpoints.orchestrator, choices.project, choices);
    if (!reply) return failed(reply.error());
    if (!reply->ok()) {
        if (choices.as_json) print(reply->text + "\n");
        complain(refusal_of(*reply));
        return code_of(*reply);
    }
    print(choices.as_json ? reply->text + "\n" : told(*reply, choices));
    return outcome_of(*reply);
}

Result<std::vector<std::string>> projects_with_active_sprint(Api& api, const std::string& sprint) {
    std::set<std::string> projects;
    std::string page;
    do {
        auto reply = api.get(fmt::format("{}/sprints/active?all=true&limit=500{}", sprint,
                                         page.empty() ? "" : "&continue=" + http::escape(page)));
        if (!reply) return std::unexpected(reply.error());
        if (!reply->ok()) {
            return fail(ErrorCode::kUnavailable, "sprint-service: " + reply->reason());
        }
        const auto& list = member(reply->body, "sprints");
        if (!list.is_array()) return fail(ErrorCode::kUnavailable, "sprint-service gave no list");
        for (const auto& one : list.get_array()) projects.insert(shown(one, "project_id"));
        const auto& next = member(reply->body, "continue");
        page = next.is_string() ? std::string(next.get_string()) : "";
    } while (!page.empty());
    return std::vector<std::string>(projects.begin(), projects.end());
}

/// Progress goes to stderr, so that stdout holds answers only.
ExitCode orchestrate_all(Api& api, const client::Endpoints& endpoints, const Choices& choices) {
    auto projects = projects_with_active_sprint(api, endpoints.sprint);
    if (!projects) return failed(projects.error());
    auto code = ExitCode::kDone;
    std::size_t failures = 0;
    std::size_t number = 0;
    for (const auto& project : *projects) {
        const auto place = fmt::format("[{}/{}] {}", ++number, projects->size(), project);
        auto reply = ask(api, endpoints.orchestrator, project, choices);
        auto one = ExitCode::kDone;
        if (!reply) {
            one = client::exit_code_of(reply.error());
            std::fprintf(stderr, "%s: %s\n", place.c_str(), reply.error().message.c_str());
        } else if (!reply->ok()) {
            one = code_of(*reply);
            std::fprintf(stderr, "%s: %s\n", place.c_str(), refusal_of(*reply).c_str());
        } else {
            one = outcome_of(*reply);
            if (choices.as_json) std::fprintf(stderr, "%s\n", place.c_str());
            if (!print(choices.as_json ? reply->text + "\n"
                                       : fmt::format("{}: {}", place, told(*reply, choices)))) {
                return ExitCode::kFailed;
            }
        }
        if (one != ExitCode::kDone) ++failures;
        code = client::both(code, one);
    }
    std::fprintf(stderr, "%zu %s with an active sprint looked at, %zu failed\n", projects->size(),
                 projects->size() == 1 ? "project" : "projects", failures);
    return code;
}

void add_options(CLI::App& command, Choices& choices) {
    command.add_option("project", choices.project, "Id of the project");
    command.add_flag("--all", choices.all, "Every project that has an active sprint");
    command.add_flag("--dry-run", choices.dry_run, "Decide and do nothing");
    command.add_flag("--explain", choices.explain, "Say which rules led to the decision");
    command.add_flag("--json", choices.as_json, "Print the answer as it came, one a line");
    command.add_option("--schedule", choices.schedule,
                       "Cron schedule of a CronJob created now, like \"0 14 * * 1-5\"");
    command.add_option("--weeks", choices.weeks, "Length of a sprint created now, 1 to 12")
        ->check(CLI::Range(1, 12));
    command.add_option("--max-tasks", choices.max_tasks, "Most tasks of such a sprint, 1 to 1000")
        ->check(CLI::Range(1, 1000));
    command.add_flag("--no-sprint", choices.no_sprint, "Create no sprint");
    command.add_flag("--no-assignment", choices.no_assignment, "Assign no tasks to people");
    command.add_flag("--no-cronjob", choices.no_cronjob, "Create no CronJob for a new sprint");
    command.add_option("--idempotency-key", choices.idempotency_key,
                       "The same key with the same request gives the first answer again");
}

}  // namespace

void add_orchestrate(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand(
        "orchestrate", "Look at a project and do what it needs: heal its CronJob, plan its sprint");
    auto choices = std::make_shared<Choices>();
    add_options(*command, *choices);
    SettingFlags flags(settings::kClient);
    flags.add_to(*command, {"DSM_DATA", "ORCHESTRATOR_URL", "SPRINT_SERVICE_URL"});
    command->footer(
        "Exit codes: 0 done, 1 the CronJob was refused, 2 wrong usage, 3 no such "
        "project, 4 something does not answer, 5 refused.");
    command->callback([&run, choices, flags] {
        run = [choices, flags] {
            if (choices->all == !choices->project.empty()) {
                complain(choices->all ? "name one project, or give --all: not both"
                                      : "name one project, or give --all");
                return ExitCode::kUsage;
            }
            const auto settings = flags.read();
            if (!settings) return ExitCode::kUsage;
            auto endpoints =
                locate(*settings, choices->all ? kOrchestrator | kSprint : unsigned{kOrchestrator});
            if (!endpoints) return failed(endpoints.error());
            rt::SystemClock clock;
            Api api(clock);
            return choices->all ? orchestrate_all(api, *endpoints, *choices)
                                : orchestrate_one(api, *endpoints, *choices);
        };
    });
}

}  // namespace dsm::commands

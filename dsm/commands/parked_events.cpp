// `dsm events parked`: the messages that a receiver refused for good, and how to send them again.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "dsm/commands/command.hpp"
#include "libs/http/client.hpp"

namespace dsm::commands {

namespace json = boost::json;

namespace {

struct Choices {
    bool as_json = false;
    bool all = false;
    std::string retry;
    bool retry_asked = false;
};

struct Sender {
    std::string name;
    std::string url;
};

std::string line_of(const Sender& sender, const json::value& row, bool as_json) {
    const auto id = fmt::format("{}/{}", sender.name, shown(row, "id"));
    if (!as_json) {
        return fmt::format("{} {} {} {} attempts={} {}\n", id, shown(row, "destination"),
                           shown(row, "event_type"), shown(row, "event_id"), shown(row, "attempts"),
                           shown(row, "why"));
    }
    json::object told = row.as_object();
    told["id"] = id;
    return json::serialize(told) + "\n";
}

/// Adds what it shows to `count`.
ExitCode list(client::Api& api, const Sender& sender, bool as_json, std::size_t& count) {
    std::string after = "0";
    while (true) {
        auto reply = api.get(fmt::format("{}/outbox/parked?limit=500&after={}", sender.url, after));
        if (!reply) return failed(reply.error());
        if (!reply->ok()) return failed(*reply);
        const auto* rows = member(reply->body, "parked").if_array();
        if (rows == nullptr || rows->empty()) return ExitCode::kDone;
        count += rows->size();
        for (const auto& row : *rows) {
            if (!print(line_of(sender, row, as_json))) return ExitCode::kDone;
        }
        after = shown(rows->back(), "id");
    }
}

ExitCode retry(client::Api& api, const Sender& sender, const std::string& row) {
    const auto path = row.empty() ? std::string("retry") : http::escape(row) + "/retry";
    auto reply = api.post(fmt::format("{}/outbox/parked/{}", sender.url, path), json::object{});
    if (!reply) return failed(reply.error());
    if (!reply->ok()) return failed(*reply);
    print(fmt::format("{}: {} sent again\n", sender.name, shown(reply->body, "waiting")));
    return ExitCode::kDone;
}

ExitCode run_parked(const settings::Settings& settings, const Choices& choices) {
    auto endpoints = locate(settings, kOrchestrator | kSprint);
    if (!endpoints) return failed(endpoints.error());
    rt::SystemClock clock;
    client::Api api(clock);
    const auto slash = choices.retry.find('/');
    const std::string wanted = choices.retry.substr(0, slash);
    const std::string row =
        slash == std::string::npos ? std::string() : choices.retry.substr(slash + 1);
    auto code = ExitCode::kDone;
    std::size_t count = 0;
    bool known = wanted.empty();
    for (const Sender& sender :
         {Sender{"orchestrator", endpoints->orchestrator}, Sender{"sprint", endpoints->sprint}}) {
        known = known || sender.name == wanted;
        if (!choices.retry_asked) {
            code = client::both(code, list(api, sender, choices.as_json, count));
        } else if (choices.all || sender.name == wanted) {
            code = client::both(code, retry(api, sender, row));
        }
    }
    const bool none = !choices.retry_asked && count == 0 && code == ExitCode::kDone;
    if (none && !choices.as_json) print("no parked messages\n");
    if (known) return code;
    return failed(Error{ErrorCode::kNotFound, "there is no parked message " + choices.retry});
}

}  // namespace

void add_parked_events(CLI::App& events, Run& run) {
    auto* command = events.add_subcommand(
        "parked", "Show the messages that their receiver refused for good (orchestrator, sprint)");
    auto choices = std::make_shared<Choices>();
    command->add_flag("--json", choices->as_json, "One object a line");
    auto* retry_one = command->add_option("--retry", choices->retry,
                                          "Send this one (SERVICE/ID) again; with --all, all");
    retry_one->expected(0, 1);
    auto* all = command->add_flag("--all", choices->all, "Every one, for --retry");
    SettingFlags flags(settings::kClient);
    flags.add_to(*command, {"DSM_DATA", "ORCHESTRATOR_URL", "SPRINT_SERVICE_URL"});
    command->callback([&run, choices, flags, retry_one, all] {
        choices->retry_asked = retry_one->count() > 0;
        const bool names_a_row = choices->retry.find('/') != std::string::npos;
        if (choices->retry_asked && names_a_row == (all->count() > 0)) {
            throw CLI::ValidationError("--retry wants one SERVICE/ID or --all");
        }
        run = [choices, flags] {
            const auto settings = flags.read();
            return settings ? run_parked(*settings, *choices) : ExitCode::kUsage;
        };
    });
}

}  // namespace dsm::commands

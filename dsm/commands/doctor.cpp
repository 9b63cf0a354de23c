// `dsm doctor`: looks at everything that a scrum depends on and says what to do about what is ill.
#include <CLI/CLI.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "dsm/commands/command.hpp"
#include "dsm/doctor/finding.hpp"

namespace dsm::commands {

namespace json = boost::json;
using doctor::Finding;
using doctor::Health;

namespace {

constexpr std::chrono::seconds kAnswerWithin{5};

struct Place {
    const char* service;
    const std::string& url;
};

struct Asked {
    std::vector<Finding> findings;
    bool anyone_answered = false;
};

Asked ask_services(const client::Endpoints& endpoints) {
    rt::SystemClock clock;
    client::Api api(clock);
    Asked asked;
    for (const auto& [service, url] :
         {Place{"project-orchestrator", endpoints.orchestrator},
          Place{"project-service", endpoints.project}, Place{"backlog-service", endpoints.backlog},
          Place{"sprint-service", endpoints.sprint},
          Place{"chronicle-service", endpoints.chronicle}}) {
        if (url.empty()) continue;
        const auto reply = api.call("GET", url + "/health/ready", "", {}, kAnswerWithin);
        asked.anyone_answered = asked.anyone_answered || reply.has_value();
        std::ranges::move(doctor::read_readiness(service, url, reply),
                          std::back_inserter(asked.findings));
        const auto parked = api.call("GET", url + "/outbox/parked?limit=1", "", {}, kAnswerWithin);
        std::ranges::move(doctor::read_parked(service, parked), std::back_inserter(asked.findings));
    }
    return asked;
}

std::string as_json(const std::vector<Finding>& findings) {
    json::array list;
    for (const auto& [subject, health, what, advice] : findings) {
        list.push_back({{"subject", subject},
                        {"well", health == Health::kWell},
                        {"what", what},
                        {"advice", advice}});
    }
    return json::serialize(
               json::object{{"well", doctor::all_well(findings)}, {"findings", std::move(list)}}) +
           "\n";
}

ExitCode examine(const settings::Settings& settings, bool json_wanted) {
    const auto endpoints = locate(settings, kOrchestrator);
    auto [findings, anyone_answered] = endpoints ? ask_services(*endpoints) : Asked{};
    if (!endpoints) {
        findings.push_back({.subject = "DSM",
                            .health = Health::kIll,
                            .what = "not running",
                            .advice = endpoints.error().message});
    }
    std::ranges::move(doctor::check_space(settings.data), std::back_inserter(findings));
    std::ranges::move(doctor::check_stores(settings.data), std::back_inserter(findings));
    print(json_wanted ? as_json(findings) : doctor::told(findings));
    if (!anyone_answered) return ExitCode::kUnavailable;
    return doctor::all_well(findings) ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace

void add_doctor(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand(
        "doctor", "Look at the services, their rights and their stores; say what to do about it");
    auto json_wanted = std::make_shared<bool>(false);
    command->add_flag("--json", *json_wanted, "Print one JSON object");
    command->footer("Exit code: 0 all is well, 1 something is not, 4 nothing answers.");
    SettingFlags flags(settings::kClient);
    flags.add_to(*command, {"DSM_DATA", "ORCHESTRATOR_URL", "PROJECT_SERVICE_URL",
                            "BACKLOG_SERVICE_URL", "SPRINT_SERVICE_URL", "CHRONICLE_SERVICE_URL"});
    command->callback([&run, json_wanted, flags] {
        run = [json_wanted, flags] {
            const auto settings = flags.read();
            if (!settings) return ExitCode::kUsage;
            return examine(*settings, *json_wanted);
        };
    });
}

}  // namespace dsm::commands

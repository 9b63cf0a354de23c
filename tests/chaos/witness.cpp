#include "tests/chaos/witness.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <sstream>
#include <stdexcept>

namespace dsm::chaos {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::vector<Record> read_events(const Victim& system) {
    const auto read = system.run_command({"events", "--json"});
    if (read.exit_code != 0) throw std::runtime_error("dsm events: " + read.err);
    std::vector<Record> events;
    std::istringstream lines(read.out);
    std::string line;
    while (std::getline(lines, line)) {
        const json::value entry = json::parse(line);
        if (entry.at("stream") == "orchestration_events") {
            events.push_back(record_of(entry.at("data")));
        }
    }
    return events;
}

}  // namespace

Record record_of(const json::value& document) {
    const json::value& details = document.at("orchestration_decision_details");
    Record record{.decision = text_of(details.at("decision_id")),
                  .created_sprint = text_of(details.at("decision_type")) == "CREATE_NEW_SPRINT",
                  .sprint = text_of(document.at("sprint_id")),
                  .cronjob = text_of(details.at("cronjob_name"))};
    if (const auto* id = document.as_object().if_contains("correlation_id")) {
        record.correlation = text_of(*id);
    }
    return record;
}

Said said_by(const std::string& body) {
    boost::system::error_code unreadable;
    const json::value answer = json::parse(body, unreadable);
    if (unreadable) return {.sprint = "(unreadable)"};
    return {.sprint = text_of(answer.at("sprint_id")),
            .cronjob = text_of(answer.at("cronjob_name")),
            .cronjob_created = answer.at("decisions").at("cronjob_created").as_bool()};
}

bool gather(const Victim& system, History& history) {
    History& h = history;
    bool answered = true;
    const auto get = [&](const char* part, const std::string& target) {
        const auto answer = system.wire(part).get(target);
        answered = answered && answer.status == 200;
        return answer.status == 200 ? answer.json() : json::value(json::array());
    };
    h.decisions.clear();
    h.notes.clear();
    h.audits.clear();
    h.sprints.clear();
    const std::string all = "project_id=CHAOS&limit=100000";
    for (const auto& one : get("orchestrator", "/decisions?" + all).as_array()) {
        h.decisions.push_back(text_of(one.at("decision_id")));
    }
    std::ranges::reverse(h.decisions);
    const json::value notes =
        get("chronicle", "/v1/notes/daily_scrum_report?include=decisions&" + all);
    if (notes.is_object()) {
        for (const auto& one : notes.at("notes").as_array()) h.notes.push_back(record_of(one));
    }
    for (const auto& one : get("chronicle", "/v1/notes/decision_audit?" + all).as_array()) {
        h.audits.push_back(record_of(one));
    }
    for (const auto& one : get("sprint", "/sprints/by-project/CHAOS").as_array()) {
        h.sprints.push_back({text_of(one.at("sprint_id")), text_of(one.at("sprint_name")),
                             text_of(one.at("status"))});
    }
    const std::size_t count = h.decisions.size();
    if (!answered || count == 0 || h.notes.size() < count || h.audits.size() < count) return false;
    h.events = read_events(system);
    return h.events.size() >= count;
}

void overhear(const Victim& system, History& history) {
    auto& outputs = history.outputs;
    outputs.push_back({"endpoints.json", system.endpoints_file()});
    for (const char* part : {"orchestrator", "project", "backlog", "sprint", "chronicle"}) {
        for (const char* door : {"/metrics", "/health", "/health/ready"}) {
            outputs.push_back({std::string(part) + door, system.wire(part).get(door).body});
        }
    }
    const std::pair<const char*, const char*> records[] = {
        {"orchestrator", "/decisions?project_id=CHAOS&limit=1000"},
        {"chronicle", "/v1/notes/daily_scrum_report?include=decisions&project_id=CHAOS&limit=1000"},
        {"chronicle", "/v1/notes/decision_audit?project_id=CHAOS&limit=1000"}};
    for (const auto& [part, target] : records) {
        outputs.push_back({part + std::string(target), system.wire(part).get(target).body});
    }
    const testing::Arguments commands[] = {
        {"doctor"}, {"status"}, {"events"}, {"events", "--json"}};
    for (const auto& command : commands) {
        const auto said = system.run_command(command);
        outputs.push_back({fmt::format("dsm {}", fmt::join(command, " ")), said.out + said.err});
    }
}

}  // namespace dsm::chaos

#include "tests/up/stored_history.hpp"

#include <boost/json/parse.hpp>
#include <sstream>

namespace dsm::testing {

namespace json = boost::json;

namespace {

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

std::multiset<std::string> events_of(const RunningSystem& system, const std::string& project) {
    std::multiset<std::string> found;
    std::istringstream lines(system.run({"events", "--json"}).out);
    for (std::string line; std::getline(lines, line);) {
        const json::value entry = json::parse(line);
        if (text_of(entry.at("stream")) != "orchestration_events") continue;
        const json::value& data = entry.at("data");
        if (text_of(data.at("project_id")) != project) continue;
        found.insert(text_of(data.at("orchestration_decision_details").at("decision_id")));
    }
    return found;
}

std::multiset<std::string> notes_of(const RunningSystem& system, const std::string& project) {
    std::multiset<std::string> found;
    const auto reply =
        system.wire("chronicle")
            .get("/v1/notes/daily_scrum_report?include=decisions&project_id=" + project);
    if (reply.status != 200) return found;
    for (const auto& note : reply.json().at("notes").as_array()) {
        const auto* details = note.as_object().if_contains("orchestration_decision_details");
        if (details && details->is_object()) found.insert(text_of(details->at("decision_id")));
    }
    return found;
}

std::multiset<std::string> audits_of(const RunningSystem& system, const std::string& project) {
    std::multiset<std::string> found;
    const auto reply =
        system.wire("chronicle").get("/v1/notes/decision_audit?project_id=" + project);
    if (reply.status != 200) return found;
    for (const auto& audit : reply.json().as_array()) found.insert(text_of(audit.at("audit_id")));
    return found;
}

std::string listed(const std::string& what, const std::multiset<std::string>& ids) {
    std::string text = "\n  " + what + ":";
    for (const auto& id : ids) text += " " + id;
    return text;
}

}  // namespace

std::multiset<std::string> decisions_of(const RunningSystem& system, const std::string& project) {
    std::multiset<std::string> found;
    const auto reply =
        system.wire("orchestrator").get("/decisions?limit=1000&project_id=" + project);
    for (const auto& decision : reply.json().as_array()) {
        found.insert(text_of(decision.at("decision_id")));
    }
    return found;
}

std::string unmatched_records(const RunningSystem& system, const std::set<std::string>& projects) {
    std::string unmatched;
    for (const auto& project : projects) {
        const auto decisions = decisions_of(system, project);
        const auto events = events_of(system, project);
        const auto notes = notes_of(system, project);
        const auto audits = audits_of(system, project);
        if (events == decisions && notes == decisions && audits == decisions) continue;
        unmatched += project + listed("decisions", decisions) + listed("events", events) +
                     listed("notes", notes) + listed("audits", audits) + "\n";
    }
    return unmatched;
}

}  // namespace dsm::testing

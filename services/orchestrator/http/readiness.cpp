#include "services/orchestrator/http/readiness.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

/// The contract knows three words, of which the first two are for Redis and the cluster.
std::string_view ok_or_error(const Dependency& dependency) {
    return dependency.standing() == Standing::kOk ? "ok" : "error";
}

void complain(json::array& messages, const Dependency& dependency) {
    if (dependency.standing() == Standing::kOk) return;
    messages.push_back(
        json::value(fmt::format("{}: {}", dependency.title(), dependency.last_error()).c_str()));
}

json::object shown(const std::vector<RightFinding>& rights) {
    json::object said{{"state", name_of(standing_of(rights))}};
    json::array missing;
    for (const auto& [right, grant, why] : rights) {
        if (grant == Grant::kMissing) missing.emplace_back(describe(right));
        if (grant == Grant::kUnknown) said["why"] = why;
    }
    said["missing"] = std::move(missing);
    if (const auto rules = missing_rules(rights); !rules.empty()) said["rules_to_add"] = rules;
    return said;
}

}  // namespace

http::Response readiness(const service::StoreHealth& database, const Dependencies& d,
                         const std::vector<RightFinding>& rights, Instant now) {
    const bool ready = database.healthy;
    json::object body{
        {"service", "project-orchestrator"},
        {"status", ready ? "ready" : "not_ready"},
        {"dependencies",
         {{"redis", ok_or_error(d.stream)}, {"kubernetes_api", ok_or_error(d.cluster)}}},
        {"external_apis",
         {{"project_service", name_of(d.project.standing())},
          {"backlog_service", name_of(d.backlog.standing())},
          {"sprint_service", name_of(d.sprint.standing())},
          {"chronicle_service", name_of(d.chronicle.standing())}}},
        {"kubernetes_rights", shown(rights)},
        {"timestamp", format_rfc3339(now)}};
    if (ready) return http::Response::json(200, body);
    json::array messages{"The orchestrator's database does not answer."};
    if (!database.ailment.empty()) messages.emplace_back(database.ailment);
    for (const Dependency* dependency :
         {&d.stream, &d.cluster, &d.project, &d.backlog, &d.sprint, &d.chronicle}) {
        complain(messages, *dependency);
    }
    body["messages"] = std::move(messages);
    return http::Response::json(503, {{"detail", std::move(body)}});
}

}  // namespace dsm::orchestrator

#include "services/orchestrator/core/rights.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace dsm::orchestrator {
namespace {

bool any(const std::vector<RightFinding>& findings, Grant grant) {
    return std::ranges::find(findings, grant, &RightFinding::grant) != findings.end();
}

}  // namespace

std::vector<Right> rights_needed(std::string_view name_space) {
    std::vector<Right> rights;
    for (const char* verb : {"get", "list", "create", "delete"}) {
        rights.push_back({verb, "batch", "cronjobs", std::string(name_space)});
    }
    return rights;
}

std::string_view name_of(Grant grant) {
    switch (grant) {
        case Grant::kGranted:
            return "granted";
        case Grant::kMissing:
            return "missing";
        case Grant::kUnknown:
            break;
    }
    return "unknown";
}

Grant standing_of(const std::vector<RightFinding>& findings) {
    if (any(findings, Grant::kMissing)) return Grant::kMissing;
    if (findings.empty() || any(findings, Grant::kUnknown)) return Grant::kUnknown;
    return Grant::kGranted;
}

std::string describe(const Right& right) {
    const std::string resource =
        right.group.empty() ? right.resource : right.resource + "." + right.group;
    return fmt::format("{} {} in namespace {}", right.verb, resource, right.name_space);
}

std::string missing_rules(const std::vector<RightFinding>& findings) {
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> verbs;
    for (const auto& [right, grant, why] : findings) {
        if (grant != Grant::kMissing) continue;
        verbs[{right.group, right.resource}].push_back(fmt::format("\"{}\"", right.verb));
    }
    std::string rules;
    for (const auto& [what, of_it] : verbs) {
        if (!rules.empty()) rules += '\n';
        rules += fmt::format(R"(- {{apiGroups: ["{}"], resources: ["{}"], verbs: [{}]}})",
                             what.first, what.second, fmt::join(of_it, ", "));
    }
    return rules;
}

}  // namespace dsm::orchestrator

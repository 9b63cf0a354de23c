// What the orchestrator must be allowed to do at the Kubernetes API, and how to say what is
// missing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dsm::orchestrator {

/// One verb on one resource of one namespace, in the words of an RBAC rule.
struct Right {
    std::string verb;
    std::string group;  ///< empty: the core group
    std::string resource;
    std::string name_space;

    bool operator==(const Right&) const = default;
};

/// All that KubeCronJobs calls, and nothing else: the Role in deploy/ grants exactly this.
std::vector<Right> rights_needed(std::string_view name_space);

/// kUnknown: the API server could not be asked, or did not say.
enum class Grant { kGranted, kMissing, kUnknown };

std::string_view name_of(Grant grant);  ///< "granted", "missing", "unknown"

struct RightFinding {
    Right right;
    Grant grant = Grant::kUnknown;
    std::string why;  ///< of kUnknown, for people

    bool operator==(const RightFinding&) const = default;
};

/// Of all findings together: one that is missing outweighs one that is unknown; none is unknown.
Grant standing_of(const std::vector<RightFinding>& findings);

/// "create cronjobs.batch in namespace dsm"
std::string describe(const Right& right);

/// The rules to add to the Role, one a line, that grant what the findings lack; "" for nothing:
/// `- {apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["create", "delete"]}`
std::string missing_rules(const std::vector<RightFinding>& findings);

}  // namespace dsm::orchestrator

#include "services/orchestrator/adapters/kube_access_reviews.hpp"

namespace dsm::orchestrator {

Awaited<RightFinding> KubeAccessReviews::review(Right right, rt::Deadline deadline) {
    RightFinding finding{.right = std::move(right)};
    const kube::Resource resource{.group = finding.right.group, .plural = finding.right.resource};
    const auto outcome =
        co_await client_.review(finding.right.verb, resource, finding.right.name_space, deadline);
    if (std::holds_alternative<kube::Allowed>(outcome)) finding.grant = Grant::kGranted;
    if (std::holds_alternative<kube::Denied>(outcome)) finding.grant = Grant::kMissing;
    if (const auto* unknown = std::get_if<kube::Unknown>(&outcome)) finding.why = unknown->why;
    co_return finding;
}

}  // namespace dsm::orchestrator

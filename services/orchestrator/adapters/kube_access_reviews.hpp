// Asks the API server what we may: one SelfSubjectAccessReview a right.
#pragma once

#include "libs/kube/client.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

class KubeAccessReviews final : public AccessReviews {
public:
    explicit KubeAccessReviews(kube::Client& client) : client_(client) {}

    Awaited<RightFinding> review(Right right, rt::Deadline deadline) override;

private:
    kube::Client& client_;
};

}  // namespace dsm::orchestrator

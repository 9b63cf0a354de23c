// The CronJobs of our namespace on a Kubernetes API.
#pragma once

#include "libs/kube/client.hpp"
#include "services/orchestrator/app/dependency.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

/// Asks the breaker before each call and tells it what came of it. Any outcome but Unknown, a
/// refusal too, is a sign of health; what an Unknown is a sign of, it says.
class KubeCronJobs final : public CronJobs {
public:
    KubeCronJobs(kube::Client& client, std::string name_space, Dependency& dependency,
                 std::chrono::milliseconds timeout, const rt::Clock& clock);

    Awaited<kube::GetOutcome> get(std::string name, Call call) override;
    Awaited<kube::ListOutcome> list(std::string label_selector, Call call) override;
    Awaited<kube::PageOutcome> page(std::string label_selector, std::string next,
                                    Call call) override;
    Awaited<kube::CreateOutcome> create(boost::json::object object, Call call) override;
    Awaited<kube::DeleteOutcome> remove(std::string name, std::string uid, Call call) override;

private:
    rt::Deadline deadline_of(const Call& call) const;
    kube::Unknown refusal(std::chrono::seconds wait) const;

    kube::Client& client_;
    std::string name_space_;
    Dependency& dependency_;
    std::chrono::milliseconds timeout_;
    const rt::Clock& clock_;
};

}  // namespace dsm::orchestrator

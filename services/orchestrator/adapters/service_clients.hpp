// The other services as the orchestrator's ports, over HTTP.
#pragma once

#include "services/orchestrator/adapters/service_caller.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

class HttpProjectDirectory final : public ProjectDirectory {
public:
    explicit HttpProjectDirectory(ServiceCaller caller) : caller_(std::move(caller)) {}

    Awaited<Outcome<Project>> project(ProjectId id, Call call) override;
    Awaited<Outcome<std::int64_t>> team_size(ProjectId id, Call call) override;
    Awaited<Outcome<Availability>> availability(ProjectId id, Date from, Date to,
                                                Call call) override;

private:
    ServiceCaller caller_;
};

class HttpBacklog final : public Backlog {
public:
    explicit HttpBacklog(ServiceCaller caller) : caller_(std::move(caller)) {}

    Awaited<Outcome<BacklogSummary>> summary(ProjectId id, Call call) override;

private:
    ServiceCaller caller_;
};

class HttpSprintDirectory final : public SprintDirectory {
public:
    explicit HttpSprintDirectory(ServiceCaller caller) : caller_(std::move(caller)) {}

    Awaited<Outcome<std::vector<Sprint>>> of_project(ProjectId id, Call call) override;
    Awaited<Outcome<StartedSprint>> start(ProjectId id, CreateSprint plan, Call call) override;
    Awaited<Outcome<std::int64_t>> task_count(SprintId id, Call call) override;
    Awaited<Outcome<SprintPage>> active(std::string after, Call call) override;

private:
    ServiceCaller caller_;
};

}  // namespace dsm::orchestrator

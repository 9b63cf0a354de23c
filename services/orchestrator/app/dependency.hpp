// Whom the orchestrator depends on.
#pragma once

#include "libs/rt/call_policy.hpp"
#include "libs/rt/dependency.hpp"

namespace dsm::orchestrator {

using rt::Dependency;
using rt::Standing;

/// All of them, as `/health/ready` lists them.
struct Dependencies {
    Dependencies(const rt::Clock& clock, rt::BreakerSettings breaker)
        : project("Project Service", clock, breaker),
          backlog("Backlog Service", clock, breaker),
          sprint("Sprint Service", clock, breaker),
          chronicle("Chronicle Service", clock, breaker),
          cluster("Kubernetes API", clock, breaker),
          stream("Redis", clock, breaker) {}

    Dependency project;
    Dependency backlog;
    Dependency sprint;
    Dependency chronicle;
    Dependency cluster;
    Dependency
        stream;  ///< its breaker is not asked: the relay alone calls it, and waits in between
};

}  // namespace dsm::orchestrator

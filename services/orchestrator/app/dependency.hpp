// Whom the orchestrator depends on.
#pragma once

#include "libs/rt/call_policy.hpp"
#include "libs/rt/dependency.hpp"

namespace dsm::orchestrator {

using rt::Dependency;
using rt::Standing;

/// How each of them is called.
struct CallPolicies {
    rt::CallPolicy project;
    rt::CallPolicy backlog;
    rt::CallPolicy sprint;
    rt::CallPolicy chronicle;
    rt::CallPolicy cluster;
    rt::CallPolicy stream;  ///< its deadline alone: the stream keeps the rest itself

    template <class Change>
    void change_all(Change change) {
        for (auto* one : {&project, &backlog, &sprint, &chronicle, &cluster, &stream}) change(*one);
    }
};

/// All of them, as `/health/ready` lists them.
struct Dependencies {
    Dependencies(const rt::Clock& clock, const CallPolicies& calls)
        : project("Project Service", clock, calls.project.breaker, calls.project.repeats),
          backlog("Backlog Service", clock, calls.backlog.breaker, calls.backlog.repeats),
          sprint("Sprint Service", clock, calls.sprint.breaker, calls.sprint.repeats),
          chronicle("Chronicle Service", clock, calls.chronicle.breaker, calls.chronicle.repeats),
          cluster("Kubernetes API", clock, calls.cluster.breaker, calls.cluster.repeats),
          stream("Redis", clock, calls.stream.breaker, calls.stream.repeats) {}

    Dependency project;
    Dependency backlog;
    Dependency sprint;
    Dependency chronicle;
    Dependency cluster;
    Dependency stream;  ///< what was seen of it; the breaker that is asked is the stream's own
};

}  // namespace dsm::orchestrator

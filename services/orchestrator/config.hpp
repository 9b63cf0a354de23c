// What the orchestrator needs to know at start.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "libs/kube/access.hpp"
#include "libs/sql/database.hpp"
#include "services/orchestrator/app/dependency.hpp"

namespace dsm::orchestrator {

/// Addresses that the CronJob's Pod is given. In-cluster names always: the embedded cluster's
/// local runner puts in its own.
struct JobAddresses {
    std::string project_url;
    std::string sprint_url;
    std::string chronicle_url;

    /// `http://project-service.{name_space}.svc.cluster.local` and its sisters.
    static JobAddresses in_namespace(const std::string& name_space);
};

struct Config {
    sql::DatabaseSettings database;
    std::string project_url;  ///< "http://127.0.0.1:8081", no slash at the end
    std::string backlog_url;
    std::string sprint_url;
    std::string chronicle_url;

    std::string stream_name = "orchestration_events";
    std::size_t stream_max_length = 100'000;   ///< about so many entries the stream keeps
    std::chrono::hours outbox_retention{168};  ///< of delivered rows, to publish them again

    kube::Access cluster;              ///< where the API server is, and how to be let in
    std::string name_space = "dsm";    ///< of the CronJobs (K8S_NAMESPACE)
    std::string image = "dsm:latest";  ///< of the CronJob's container: the product's own

    CallPolicies calls;
    std::chrono::milliseconds request_timeout{
        25'000};                        ///< of one orchestration, all calls together
    std::size_t waiting_limit = 1'024;  ///< requests a project that may wait for their turn
};

}  // namespace dsm::orchestrator

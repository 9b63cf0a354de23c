// The whole system in one process: five services, their streams and a cluster, started together and
// stopped together.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "dsm/client/endpoints.hpp"
#include "dsm/compose/data_dir.hpp"
#include "dsm/compose/ports.hpp"
#include "dsm/settings/settings.hpp"
#include "libs/base/result.hpp"
#include "libs/kube/access.hpp"
#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"

namespace dsm::compose {

/// In the order of the default ports.
enum class Part { kOrchestrator, kProject, kBacklog, kSprint, kChronicle, kCluster };

struct SystemOptions {
    settings::Settings settings;
    std::string data;
    /// A cluster of somebody else instead of the embedded one, and the file it was read from.
    std::optional<kube::Access> cluster;
    std::string kubeconfig;
};

/// Used from one controlling thread.
class System {
public:
    /// Blocks until every part answers. On an error everything that had started is stopped again.
    /// `clock` and `random` outlive the system.
    static Result<std::unique_ptr<System>> start(SystemOptions options, Ports& ports,
                                                 const rt::Clock& clock, rt::Random& random);
    ~System();

    /// Our own parts, also where the others were told to find one elsewhere.
    client::Endpoints endpoints() const;
    client::StreamPlace streams() const;
    /// Whether the streams answer now; blocks a second at most.
    bool streams_answer();

    /// From the outside in (DRAIN-EXIT): the orchestrator finishes what it accepted while all that
    /// it calls still answers, then the cluster with its Jobs ends, then each service before those
    /// it calls, then the streams. Blocks a little longer than `limit` at most. Idempotent.
    void stop(std::chrono::milliseconds limit);

private:
    class Impl;
    explicit System(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace dsm::compose

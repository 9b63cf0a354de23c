// Keeps what `/health/ready` tells fresh while nobody calls: looks at whom nobody saw lately.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "libs/http/client.hpp"
#include "libs/kube/client.hpp"
#include "libs/stream/event_stream.hpp"
#include "services/orchestrator/app/dependency.hpp"
#include "services/orchestrator/config.hpp"

namespace dsm::orchestrator {

/// Asks `/health`, which touches no further service, so that looking never cascades.
class DependencyWatch {
public:
    DependencyWatch(http::Client& client, kube::Client& cluster, stream::EventStream& events,
                    Dependencies& dependencies, const Config& config, const rt::Clock& clock);

    /// Until cancelled.
    boost::asio::awaitable<void> run();

private:
    boost::asio::awaitable<void> look_at_service(std::string url, Dependency& dependency);
    boost::asio::awaitable<void> look_at_cluster();
    boost::asio::awaitable<void> look_at_stream();

    http::Client& client_;
    kube::Client& cluster_;
    stream::EventStream& events_;
    Dependencies& dependencies_;
    const Config& config_;
    const rt::Clock& clock_;
    bool cluster_answers_ = true;  ///< at the last look
};

}  // namespace dsm::orchestrator

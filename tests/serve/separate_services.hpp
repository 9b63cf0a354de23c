// The five services as separate processes, as Pods run them: each `dsm serve` with a folder and a
// free port of its own, one Redis between them, and the cluster of a `dsm up`.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/time.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/redis_server.hpp"
#include "libs/testing/wire.hpp"
#include "tests/up/running_system.hpp"

namespace dsm::testing {

class SeparateServices {
public:
    /// Starts all with their clocks at about `now`, and waits until each is ready. Throws with the
    /// log of a service that is not ready within 20 s.
    /// `everywhere` is set for every service, as where its store is.
    explicit SeparateServices(Instant now, ProcessEnvironment everywhere = {});

    /// A name as `dsm serve` takes it: "project", …, "orchestrator"; a further replica has a
    /// suffix: "orchestrator-2".
    WireClient wire(const std::string& service) const { return WireClient(ports_.at(service)); }
    /// The exit code after SIGTERM; nullopt when it still ran 5 s later.
    std::optional<int> stop(const std::string& service);
    /// As the kernel ends it.
    void kill(const std::string& service);
    /// Starts it, again on the same folder and port, with these variables too.
    void start(const std::string& service, const ProcessEnvironment& variables = {});
    std::string log(const std::string& service) const { return processes_.at(service)->err(); }
    /// A client command that finds the services by their addresses.
    Finished run(Arguments arguments) const;
    RedisServer& redis() { return redis_; }
    std::string kubeconfig() const { return cluster_.data() + "/kubeconfig"; }

private:
    ProcessEnvironment addresses() const;

    std::string clock_offset_s_;
    ProcessEnvironment everywhere_;
    TemporaryFolder folder_;
    RedisServer redis_;
    RunningSystem cluster_;
    std::map<std::string, std::uint16_t> ports_;
    std::map<std::string, std::unique_ptr<BackgroundProcess>> processes_;
};

}  // namespace dsm::testing

// The system under test as a user starts it: `dsm up` in a folder of its own, kubectl and curl
// beside it.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <vector>

#include "libs/testing/process.hpp"

namespace dsm::e2e {

/// The path of tests/fixtures/NAME.
std::string fixture_path(const std::string& name);
boost::json::value fixture(const std::string& name);

/// `DSM_TEST_KUBECONFIG`, or empty: then `dsm up` brings its own cluster.
std::string outside_kubeconfig();

/// One running `dsm up`. The constructor waits until it is ready and throws with its output when it
/// is not.
class System {
public:
    /// kOutside: the cluster of DSM_TEST_KUBECONFIG when it is set, else the embedded one.
    enum class Cluster { kEmbedded, kOutside };
    struct Options {
        testing::Arguments arguments;             ///< after `dsm up --data … --port-base 0`
        testing::ProcessEnvironment environment;  ///< REDIS_PORT and its like
        Cluster cluster = Cluster::kEmbedded;
    };
    explicit System(Options options);

    std::string data() const { return folder_.file("data"); }
    /// A URL of endpoints.json: "orchestrator", "chronicle", …
    std::string url(const std::string& part) const;
    testing::BackgroundProcess& process() { return *process_; }
    /// Starts it again on the same folder, after the process ended.
    void start_again();

    /// `kubectl ARGUMENTS` against this system's cluster.
    testing::Finished kubectl(const testing::Arguments& arguments) const;
    /// `curl -sS ARGUMENTS`.
    testing::Finished curl(const testing::Arguments& arguments) const;
    /// `dsm ARGUMENTS --data …`.
    testing::Finished dsm(const testing::Arguments& arguments) const;
    /// POST /orchestrate/project/{project} with `{}`; the answer's body.
    boost::json::value orchestrate(const std::string& project) const;
    /// Everything the services logged.
    std::string logs() const;

private:
    void start();
    bool is_ready();

    Options options_;
    testing::TemporaryFolder folder_;
    std::unique_ptr<testing::BackgroundProcess> process_;
    boost::json::value endpoints_;
};

}  // namespace dsm::e2e

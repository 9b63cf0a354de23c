// The embedded Kubernetes API as one thing to start and stop: store, REST face, controllers, TLS.
// For one machine and for tests; production uses a real cluster through the same client.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/faults.hpp"
#include "libs/base/result.hpp"
#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"

namespace dsm::cluster {

/// What a cluster is made of. Only `data_dir` is needed.
struct Config {
    /// Where the objects, the certificates and the job output are kept; made (0700) if absent.
    /// Empty: everything in memory, and the identity is made anew (tests).
    std::string data_dir;
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;       ///< 0: any free one
    std::string kubeconfig_path;  ///< empty: `data_dir`/kubeconfig; neither: none is written
    std::string default_namespace = "dsm";  ///< of the kubeconfig; made at start
    std::string own_image = "dsm";          ///< Jobs of this image (any tag) run here, others fail
    std::string executable;                 ///< what such a Job runs; empty: this very program
    /// Set in every Job's process, over what its container says: service addresses and the like.
    std::map<std::string, std::string> job_environment;
    bool run_controllers = true;         ///< off: a store with a REST face (client tests)
    std::size_t history_limit = 20'000;  ///< changes that a watch or a page can go back
    /// Further users that only authenticate; every access of theirs is refused (401/403 tests).
    std::vector<std::string> users_without_rights;
};

/// Used from one controlling thread; the cluster runs on its own. `clock` and `random` outlive it
/// and are safe from any thread. The wall clock is the cluster's time (creationTimestamp, cron);
/// TLS validity and every deadline use the machine's.
class Cluster {
public:
    Cluster(Config config, const rt::Clock& clock, rt::Random& random);
    ~Cluster();  ///< stops with 5 s if `stop` was not called
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    /// Blocks until the API answers (its port), or could not start (why). Once only.
    Result<std::uint16_t> start();

    /// Ends watches, Jobs' processes and the thread; blocks at most a little longer than `limit`.
    /// Idempotent. A Job whose process was ended so is tried again at the next start.
    void stop(std::chrono::milliseconds limit);

    std::string url() const;              ///< "https://127.0.0.1:PORT", after `start`
    const std::string& token() const;     ///< of the administrator; after `start`
    const std::string& ca_pem() const;    ///< after `start`
    std::string kubeconfig_path() const;  ///< "" when none is written
    /// The token of one of `users_without_rights`; "" for another name.
    std::string token_of(const std::string& user) const;

    /// Replaces `Config::job_environment` for Jobs that start later. From any thread.
    void set_job_environment(std::map<std::string, std::string> environment);

    /// Fault knobs of the REST face; safe from any thread.
    Faults& faults();

    /// Wakes the controllers: call it after moving a test's clock. From any thread.
    void clock_moved();

    /// Forgets the history of changes: watches and pages from before get 410. From any thread.
    void compact();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dsm::cluster

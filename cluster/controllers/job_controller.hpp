// Runs Jobs of our own image as local processes, and writes their status as Kubernetes would.
#pragma once

#include <map>
#include <set>

#include "cluster/controllers/controller.hpp"
#include "cluster/controllers/event_recorder.hpp"
#include "cluster/controllers/job_status.hpp"
#include "cluster/controllers/pod.hpp"

namespace dsm::cluster {

struct JobSettings {
    LocalImage local;
    std::chrono::milliseconds first_backoff{10'000};  ///< doubles with every failed Pod
    std::chrono::milliseconds longest_backoff{600'000};
    std::size_t process_limit = 16;  ///< at a time, of all Jobs; more wait
};

/// A Job whose processes ended with ours counts one failed Pod for each and goes on.
class JobController final : public Controller {
public:
    JobController(Registry& registry, const rt::Clock& clock, rt::Random& random,
                  JobSettings settings);

    std::optional<std::chrono::milliseconds> turn() override;
    /// Kills all processes. Their Jobs stay as they are and go on at the next start.
    void stop() override;

    void set_environment(std::map<std::string, std::string> environment) {
        settings_.local.environment = std::move(environment);
    }

private:
    struct Pod {
        std::string name;
        std::unique_ptr<Process> process;
    };
    struct Running {
        std::string uid;
        std::vector<Pod> pods;
        std::optional<rt::Steady> not_before;  ///< the end of a backoff
    };

    std::optional<std::chrono::milliseconds> sync(const std::string& key);
    std::optional<std::chrono::milliseconds> run(const std::string& key, json::value job,
                                                 Running& running);
    void suspend(json::value job, Running& running);
    bool collect(json::value& job, Running& running, PodCounts& counts);
    std::optional<std::chrono::milliseconds> start_pods(json::value& job, Running& running,
                                                        PodCounts& counts);
    void succeed(json::value job, const PodCounts& counts);
    void fail_job(json::value job, PodCounts counts, std::string_view reason,
                  std::string_view message);
    bool write_status(json::value& job);
    std::optional<std::chrono::milliseconds> until_deadline(const json::value& job) const;
    std::size_t process_count() const;
    std::string pod_name(const json::value& job);

    Registry& registry_;
    const rt::Clock& clock_;
    rt::Random& random_;
    JobSettings settings_;
    EventRecorder events_;
    const ResourceType& type_;
    Feed jobs_;
    std::set<std::string> dirty_;
    std::map<std::string, Running> running_;  ///< unfinished Jobs by key
    bool outputs_are_swept_ = false;          ///< since the last Job went; not at the start
};

}  // namespace dsm::cluster

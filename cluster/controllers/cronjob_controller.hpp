// Starts a Job for every run of every CronJob. Behaves as the controller v2 of Kubernetes 1.34.
#pragma once

#include <map>
#include <set>

#include "cluster/controllers/controller.hpp"
#include "cluster/controllers/cron_rules.hpp"
#include "cluster/controllers/event_recorder.hpp"

namespace dsm::cluster {

class CronJobController final : public Controller {
public:
    explicit CronJobController(Registry& registry);

    std::optional<std::chrono::milliseconds> turn() override;

private:
    struct Sync;  ///< one CronJob being looked at

    void look();
    void wake_at(const std::string& key, Instant at);
    void sync(const std::string& key);
    std::vector<json::value> jobs_of(const std::string& key) const;
    void reconcile_active(Sync& sync);
    void drop_missing(Sync& sync);
    std::optional<Instant> start_due_run(Sync& sync);
    std::optional<Instant> start(Sync& sync, Instant scheduled, std::optional<Instant> next);
    bool replace_active(Sync& sync);
    void keep_history(Sync& sync);
    void trim(Sync& sync, std::string_view condition, std::string_view limit);
    void write_status(Sync& sync);
    std::optional<Instant> retry(const std::string& key);

    Registry& registry_;
    EventRecorder events_;
    const ResourceType& cronjob_type_;
    const ResourceType& job_type_;
    Feed cronjobs_, jobs_;
    std::map<std::string, Instant> wakes_;                ///< by CronJob key
    std::set<std::pair<Instant, std::string>> queue_;     ///< the same, by time
    std::map<std::string, std::set<std::string>> owned_;  ///< Job keys by CronJob key
    std::map<std::string, int> failures_;
};

}  // namespace dsm::cluster

// What every story has: a new store, a POST and its answer, CronJobs that somebody deletes, an end,
// and what is known of it all afterwards.
#pragma once

#include <string>

#include "tests/chaos/run.hpp"
#include "tests/chaos/victim.hpp"

namespace dsm::chaos {

/// Throws std::runtime_error as Victim does. `name_space` is new.
class Scene {
public:
    Scene(Stage& stage, const Cell& cell, std::string name_space);

    /// `store_comes_and_goes` as in Disorder.
    void begin(bool store_comes_and_goes);
    /// From any thread, while the system is not started again.
    Reply post(const std::string& correlation, const std::string& key) const;
    /// As somebody who did not wait for anything would; only those whose decision is recorded,
    /// since a lost record is made from its CronJob.
    void delete_cronjobs();
    std::vector<ObjectVersion> versions() const { return stage_.cluster.versions(name_space_); }
    /// Waits for the rest, asks for the end, and reads what there is to know into `told`.
    void finish();
    /// All that was printed or logged so far.
    std::string outputs() const;

    testing::RedisServer& redis() { return stage_.redis; }
    Victim& victim() { return victim_; }
    const Victim& victim() const { return victim_; }
    Told& told() { return told_; }

private:
    void come_to_rest();
    void read_versions();

    Stage& stage_;
    const Cell& cell_;
    const std::string name_space_;
    Told told_;
    Victim victim_{stage_, cell_, name_space_, told_};
};

}  // namespace dsm::chaos

// Tells the story once: a sprint is planned, its CronJob deleted and healed, with and without a
// key, while the process is broken as the cell says and started again whenever it is gone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/testing/process.hpp"
#include "libs/testing/redis_server.hpp"
#include "libs/testing/wire.hpp"
#include "tests/chaos/cell.hpp"
#include "tests/chaos/cluster_beside.hpp"
#include "tests/chaos/history.hpp"

namespace dsm::chaos {

/// What outlives the processes of a run. One run at a time uses it.
struct Stage {
    std::string binary;
    ClusterBeside& cluster;
    testing::RedisServer& redis;
    std::string redis_password;
    std::string loaded_data;  ///< a data directory with the story's workspace in it
    /// Of a new store for this run; empty settings: SQLite in the data directory.
    std::function<testing::ProcessEnvironment(bool from_empty)> store = {};
};

/// The workspace that the story begins with: project CHAOS, two people, eight tasks, no sprint.
std::string workspace_text();

/// What a campaign adds to a run, drawn anew for each; a plain cell has none.
struct Disorder {
    std::function<int()> posts_at_once = [] { return 1; };
    /// After so many milliseconds of an act the process is killed; negative: not at all.
    std::function<int()> kill_after_ms = [] { return -1; };
    std::function<bool()> pause_redis = [] { return false; };
};

struct Told {
    History history;
    int kills = 0;          ///< processes that ended by SIGKILL
    bool armed_all = true;  ///< every arm of the cell took effect
    std::string outputs;
};

/// `name_space` is new. Throws std::runtime_error where the stage itself fails.
Told tell(Stage& stage, const Cell& cell, const std::string& name_space,
          const Disorder& disorder = {});

/// Makes `stage.loaded_data` in `folder`.
void load_workspace(Stage& stage, const std::string& folder);

}  // namespace dsm::chaos

// Tells the story once: a sprint is planned, its CronJob deleted and healed, with and without a
// key, while the process is broken as the cell says and started again whenever it is gone.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "libs/testing/process.hpp"
#include "libs/testing/redis_server.hpp"
#include "tests/chaos/cell.hpp"
#include "tests/chaos/cluster_beside.hpp"
#include "tests/chaos/history.hpp"
#include "tests/chaos/postgresql_beside.hpp"

namespace dsm::chaos {

/// What outlives the processes of a run. One run at a time uses it.
struct Stage {
    std::string binary;
    ClusterBeside& cluster;
    testing::RedisServer& redis;
    PostgresqlBeside* postgresql = nullptr;  ///< null: the stores are SQLite's
    std::string kubeconfig;                  ///< with which the system comes to the cluster
    std::vector<std::string> secrets;        ///< that no output may hold
    testing::ProcessEnvironment environment = {};
    std::string loaded_data = {};      ///< a data directory with the story's workspace in it
    std::string loaded_database = {};  ///< the same on PostgreSQL
};

/// The workspace that the story begins with: project CHAOS, two people, eight tasks, no sprint.
std::string workspace_text();

/// What a campaign adds to a run, drawn anew for each act; a plain cell has none.
struct Disorder {
    std::function<int()> posts_at_once = [] { return 1; };
    /// After so many milliseconds of an act the process is killed; negative: not at all.
    std::function<int()> kill_after_ms = [] { return -1; };
    /// Called before each act but the last; what it returns is called after it.
    std::function<std::function<void()>()> trouble = [] { return [] {}; };
    /// Somebody breaks the store meanwhile: a start may say so and end.
    bool store_comes_and_goes = false;
};

struct Told {
    History history;
    int kills = 0;                 ///< processes that ended by SIGKILL
    std::set<std::size_t> struck;  ///< starts, from 0, that came to where they were armed
};

/// The arms of the starts that never came to where they were armed.
std::vector<std::string> missed(const Cell& cell, const Told& told);

/// `name_space` is new. Throws std::runtime_error where the stage itself fails; its text has what
/// the processes said.
Told tell(Stage& stage, const Cell& cell, const std::string& name_space,
          const Disorder& disorder = {});

/// Makes `stage.loaded_data` in `folder`, and `stage.loaded_database`.
void load_workspace(Stage& stage, const std::string& folder);

}  // namespace dsm::chaos

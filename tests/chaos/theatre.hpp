// All that a run needs beside the binary: a cluster, a Redis, a store with the story's workspace.
#pragma once

#include <memory>
#include <string>

#include "tests/chaos/run.hpp"

namespace dsm::chaos {

enum class StoreKind { kSqlite, kPostgresql };

/// Throws std::runtime_error where it cannot do its part, which fails the test. One run at a time
/// plays in it; several of its kind may stand beside each other.
class Theatre {
public:
    /// `binary` is the dsm that is broken; it serves the cluster, too.
    Theatre(const std::string& binary, StoreKind kind);

    Stage& stage() { return stage_; }

private:
    testing::TemporaryFolder folder_;
    ClusterBeside cluster_;
    testing::RedisServer redis_;
    std::unique_ptr<PostgresqlBeside> postgresql_;
    Stage stage_;
};

}  // namespace dsm::chaos

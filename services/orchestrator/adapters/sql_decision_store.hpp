// Decisions, what is remembered of projects, and kept answers, in the orchestrator's database.
#pragma once

#include "libs/rt/clock.hpp"
#include "libs/sql/database.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

class SqlDecisionStore final : public DecisionStore {
public:
    /// `database` is filled before the first call. `machine` is the machine's real clock: how long
    /// an answer is kept does not follow a pinned one.
    SqlDecisionStore(std::unique_ptr<sql::Database>& database, const rt::Clock& machine)
        : database_(database), machine_(machine) {}

    Awaited<Result<std::optional<ProjectSettings>>> settings(ProjectId id) override;
    Awaited<Result<void>> record(DecisionEntry entry) override;
    Awaited<Result<std::vector<DecisionId>>> unrecorded(std::vector<DecisionId> ids) override;
    Awaited<Result<std::optional<KeptAnswer>>> kept(IdempotencyKey key) override;
    Awaited<Result<std::vector<boost::json::object>>> recent(std::optional<ProjectId> project,
                                                             std::size_t limit) override;

private:
    std::unique_ptr<sql::Database>& database_;
    const rt::Clock& machine_;
};

}  // namespace dsm::orchestrator

// Open intents, in the orchestrator's database.
#pragma once

#include "libs/sql/database.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

class SqlIntentStore final : public IntentStore {
public:
    /// `database` is filled before the first call.
    explicit SqlIntentStore(std::unique_ptr<sql::Database>& database) : database_(database) {}

    Awaited<Result<void>> open(Undertaking undertaking) override;
    Awaited<Result<std::vector<Undertaking>>> all_open(ProjectId project,
                                                       std::size_t limit) override;
    Awaited<Result<std::vector<ProjectId>>> projects(ProjectId after, std::size_t limit) override;
    Awaited<Result<void>> close(DecisionId id) override;

private:
    std::unique_ptr<sql::Database>& database_;
};

}  // namespace dsm::orchestrator

// Imports sprints and their tasks.
#pragma once

#include "services/sprint/adapters/sprint_database.hpp"
#include "services/sprint/app/workspace_store.hpp"

namespace dsm::sprint {

class SqlWorkspaceStore final : public WorkspaceStore {
public:
    explicit SqlWorkspaceStore(SprintDatabase& database) : database_(database) {}

    boost::asio::awaitable<Result<ImportReport>> import(Workspace workspace,
                                                        ImportMode mode) override;

private:
    SprintDatabase& database_;
};

}  // namespace dsm::sprint

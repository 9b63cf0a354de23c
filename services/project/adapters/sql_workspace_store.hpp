// Import and export of everything in the service's database.
#pragma once

#include "services/project/adapters/project_database.hpp"
#include "services/project/app/workspace_store.hpp"

namespace dsm::project {

class SqlWorkspaceStore final : public WorkspaceStore {
public:
    explicit SqlWorkspaceStore(const ProjectDatabase& database) : database_(database) {}

    boost::asio::awaitable<Result<std::vector<std::string>>> unknown_employees(
        std::vector<std::string> employee_ids) override;
    boost::asio::awaitable<Result<ImportCount>> import(Workspace workspace,
                                                       ImportMode mode) override;
    boost::asio::awaitable<Result<Workspace>> export_all() override;

private:
    const ProjectDatabase& database_;
};

}  // namespace dsm::project

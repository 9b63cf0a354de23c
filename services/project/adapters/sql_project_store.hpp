// Projects in the service's database.
#pragma once

#include "services/project/adapters/project_database.hpp"
#include "services/project/app/project_store.hpp"

namespace dsm::project {

class SqlProjectStore final : public ProjectStore {
public:
    /// Remembers the last `events_kept` events that were applied.
    SqlProjectStore(const ProjectDatabase& database, std::size_t events_kept)
        : database_(database), events_kept_(events_kept) {}

    boost::asio::awaitable<Result<void>> add(Project project) override;
    boost::asio::awaitable<Result<std::vector<Project>>> list(Page page) override;
    boost::asio::awaitable<Result<Project>> find(std::string id) override;
    boost::asio::awaitable<Result<void>> set_status(std::string id, std::string status,
                                                    Instant now) override;
    boost::asio::awaitable<Result<void>> apply(SprintStarted event) override;

private:
    const ProjectDatabase& database_;
    std::size_t events_kept_;
};

}  // namespace dsm::project

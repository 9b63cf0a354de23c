// Tasks in the service's database.
#pragma once

#include "services/backlog/adapters/task_database.hpp"
#include "services/backlog/app/task_store.hpp"

namespace dsm::backlog {

class SqlTaskStore final : public TaskStore {
public:
    /// Remembers the last `events_kept` events that were applied.
    SqlTaskStore(const TaskDatabase& database, std::size_t events_kept)
        : database_(database), events_kept_(events_kept) {}

    boost::asio::awaitable<Result<ImportCount>> add(std::vector<Task> tasks,
                                                    ImportMode mode) override;
    boost::asio::awaitable<Result<std::vector<Task>>> list(TaskFilter filter) override;
    boost::asio::awaitable<Result<std::vector<Task>>> list_all() override;
    boost::asio::awaitable<Result<std::vector<Summary>>> summaries(
        std::optional<std::string> project_id) override;
    boost::asio::awaitable<Result<void>> change(std::string id, TaskChange change,
                                                Instant now) override;
    boost::asio::awaitable<Result<void>> apply(SprintStarted event) override;
    boost::asio::awaitable<Result<void>> apply(std::string event_id, TaskUpdated event) override;

private:
    const TaskDatabase& database_;
    std::size_t events_kept_;
};

}  // namespace dsm::backlog

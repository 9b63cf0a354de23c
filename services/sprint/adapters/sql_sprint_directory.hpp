// Answers questions about stored sprints; writes nothing.
#pragma once

#include "services/sprint/adapters/sprint_database.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

class SqlSprintDirectory final : public SprintDirectory {
public:
    explicit SqlSprintDirectory(SprintDatabase& database) : database_(database) {}

    boost::asio::awaitable<Result<SprintPage>> active(ActiveFilter filter) override;
    boost::asio::awaitable<Result<std::string>> active_of(std::string project_id) override;
    boost::asio::awaitable<Result<std::vector<Sprint>>> list(SprintFilter filter) override;
    boost::asio::awaitable<Result<SprintWithTasks>> find(std::string sprint_id) override;
    boost::asio::awaitable<Result<BacklogEntry>> backlog_entry(std::string task_id) override;

private:
    SprintDatabase& database_;
};

}  // namespace dsm::sprint

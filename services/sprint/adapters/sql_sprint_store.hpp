// Starts, changes and closes sprints in SQL, each with its messages in the same transaction.
#pragma once

#include "libs/rt/random.hpp"
#include "services/sprint/adapters/sprint_database.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

class SqlSprintStore final : public SprintStore {
public:
    /// Both outlive this. Repeats are known among the last `events_kept` events.
    SqlSprintStore(SprintDatabase& database, rt::Random& random, std::size_t events_kept)
        : database_(database), random_(random), events_kept_(events_kept) {}

    boost::asio::awaitable<Result<SprintWithTasks>> start(NewSprint sprint, Cause cause) override;
    boost::asio::awaitable<Result<ClosedSprint>> close(std::string sprint_id, Cause cause) override;
    boost::asio::awaitable<Result<void>> update_task(std::string task_id, ProgressUpdate update,
                                                     Cause cause) override;
    boost::asio::awaitable<Result<void>> apply(TaskProgressed event, Cause cause) override;

private:
    SprintDatabase& database_;
    rt::Random& random_;
    std::size_t events_kept_;
};

}  // namespace dsm::sprint

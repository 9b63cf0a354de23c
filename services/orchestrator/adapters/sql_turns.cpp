#include "services/orchestrator/adapters/sql_turns.hpp"

namespace dsm::orchestrator {
namespace {

class LockedTurn final : public Turn {
public:
    explicit LockedTurn(std::unique_ptr<sql::AdvisoryLocks::Lock> lock) : lock_(std::move(lock)) {}
    bool held() const override { return lock_->held(); }

private:
    const std::unique_ptr<sql::AdvisoryLocks::Lock> lock_;
};

}  // namespace

Awaited<Result<std::shared_ptr<const Turn>>> SqlTurns::take(ProjectId project,
                                                            rt::Deadline deadline) {
    auto lock = co_await locks_->take("project/" + project.str(), deadline);
    if (!lock) co_return std::unexpected(lock.error());
    co_return std::make_shared<const LockedTurn>(std::move(*lock));
}

}  // namespace dsm::orchestrator

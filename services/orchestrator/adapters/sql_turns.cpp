#include "services/orchestrator/adapters/sql_turns.hpp"

#include "libs/telemetry/log.hpp"

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
    note(lock);
    if (!lock) co_return std::unexpected(lock.error());
    co_return std::make_shared<const LockedTurn>(std::move(*lock));
}

/// Waiting in vain for somebody else's turn says that the database is well.
void SqlTurns::note(const Result<std::unique_ptr<sql::AdvisoryLocks::Lock>>& lock) {
    const bool fails = !lock && lock.error().code == ErrorCode::kUnavailable;
    if (fails && !failing_) {
        telemetry::log(telemetry::Level::kWarning, "project-orchestrator", "database_failed",
                       {{"error", lock.error().message}});
    }
    failing_ = fails;
}

}  // namespace dsm::orchestrator

// Projects' turns across all orchestrators on one database.
#pragma once

#include <optional>

#include "libs/sql/advisory_locks.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

/// Says once in the log that the database gives no turns, and why, until it does again.
class SqlTurns final : public Turns {
public:
    /// `locks` is there before the first call.
    explicit SqlTurns(std::optional<sql::AdvisoryLocks>& locks) : locks_(locks) {}

    Awaited<Result<std::shared_ptr<const Turn>>> take(ProjectId project,
                                                      rt::Deadline deadline) override;

private:
    void note(const Result<std::unique_ptr<sql::AdvisoryLocks::Lock>>& lock);

    std::optional<sql::AdvisoryLocks>& locks_;
    bool failing_ = false;
};

}  // namespace dsm::orchestrator

// A savepoint around each: what it did can be undone without the others'.
#include "libs/sql/group_commit.hpp"

#include <soci/soci.h>

#include <algorithm>

namespace dsm::sql {
namespace {

/// How long a group may get: what is undone by a failed COMMIT is bounded, and so is the time until
/// the first of them has its outcome.
constexpr std::size_t kLargest = 64;

/// Undoes the work that failed. Throws when the database has ended the whole transaction.
void undo(soci::session& session) {
    session << "ROLLBACK TO one";
    session << "RELEASE one";
}

/// Nothing when it threw; it is undone then.
std::optional<Result<void>> try_one(soci::session& session, const GroupCommit::Work& work) {
    session << "SAVEPOINT one";
    std::optional<Result<void>> outcome;
    try {
        outcome = work(session);
    } catch (...) {
        undo(session);
        return std::nullopt;
    }
    if (!*outcome) {
        undo(session);
    } else {
        session << "RELEASE one";
    }
    return outcome;
}

}  // namespace

bool GroupCommit::add(Entry& entry) {
    std::lock_guard lock(mutex_);
    if (unfinished_ >= limit_) return false;
    ++unfinished_;
    waiting_.push_back(&entry);
    return true;
}

std::vector<GroupCommit::Entry*> GroupCommit::take_waiting() {
    std::lock_guard lock(mutex_);
    const auto end =
        waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kLargest));
    std::vector<Entry*> taken(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    for (Entry* entry : taken) entry->taken_ = true;
    std::erase_if(taken, [this](const Entry* entry) { return entry->deadline_.passed(clock_); });
    return taken;
}

Result<void> GroupCommit::finish(Entry& entry, const Transact& transact) {
    while (!entry.taken_) {
        const auto entries = take_waiting();
        if (entries.size() > 1) run_together(entries, transact);
    }
    {
        std::lock_guard lock(mutex_);
        --unfinished_;
    }
    if (entry.outcome_) return std::move(*entry.outcome_);
    return transact(entry.work_, entry.deadline_);
}

void GroupCommit::run_together(const std::vector<Entry*>& entries, const Transact& transact) {
    bool begun = false;
    bool whole = false;
    const auto deadline = std::ranges::max(entries, {}, [](const Entry* entry) {
                              return entry->deadline_.at;
                          })->deadline_;
    const auto work = [&](soci::session& session) -> Result<void> {
        begun = true;
        bool any = false;
        for (Entry* entry : entries) {
            entry->outcome_ = try_one(session, entry->work_);
            any = any || (entry->outcome_ && *entry->outcome_);
        }
        whole = true;
        if (any) return {};
        return fail(ErrorCode::kConflict, "none of the group is to be committed");
    };
    const auto committed = transact(work, deadline);
    for (Entry* entry : entries) {
        if (!begun) {
            entry->outcome_ = std::unexpected(committed.error());
        } else if (!whole) {
            entry->outcome_.reset();  // the database ended the transaction: each by itself
        } else if (entry->outcome_ && *entry->outcome_ && !committed) {
            entry->outcome_ = std::unexpected(committed.error());
        }
    }
}

}  // namespace dsm::sql

// Write transactions that wait for the one writer of a SQLite store, committed together: one sync
// of the disk for all of them. Internal to libs/sql.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "libs/base/result.hpp"
#include "libs/rt/clock.hpp"

namespace soci {
class session;
}

namespace dsm::sql {

/// For one writer thread with a queue in front. Whoever writes adds its transaction, then lets the
/// thread `finish` it; the first one finished takes all that wait along. Each is as before: one
/// that fails is undone alone, and none has its outcome before the COMMIT.
class GroupCommit {
public:
    using Work = std::function<Result<void>(soci::session&)>;
    /// Runs one transaction and commits it, by the deadline.
    using Transact = std::function<Result<void>(const Work&, rt::Deadline)>;

    /// One transaction; lives until it is finished. One whose deadline has passed when its turn
    /// comes goes with nobody; a group has the latest deadline of those in it.
    class Entry {
    public:
        Entry(const Work& work, rt::Deadline deadline) : work_(work), deadline_(deadline) {}
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

    private:
        friend class GroupCommit;
        const Work& work_;
        const rt::Deadline deadline_;
        std::optional<Result<void>> outcome_;
        bool taken_ = false;
    };

    explicit GroupCommit(std::size_t limit) : limit_(limit) {}

    /// False when `limit` wait: then it must not be finished. From any thread.
    bool add(Entry& entry);

    /// The outcome, on the writer thread. What throws in a group runs again by itself, so that what
    /// it throws comes from here.
    Result<void> finish(Entry& entry, const Transact& transact);

private:
    std::vector<Entry*> take_waiting();  ///< without those that are too late
    void run_together(const std::vector<Entry*>& entries, const Transact& transact);

    const std::size_t limit_;
    const rt::SystemClock clock_;
    std::mutex mutex_;
    std::vector<Entry*> waiting_;
    std::size_t unfinished_ = 0;
};

}  // namespace dsm::sql

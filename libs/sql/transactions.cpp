#include "libs/sql/transactions.hpp"

#include "libs/failpoint/failpoint.hpp"
#include "libs/rt/blocking_pool.hpp"

namespace dsm::sql {
namespace {

constexpr int kAttempts = 6;
/// From this try on a transaction keeps the process's others out, so that it cannot lose again to
/// them; other processes may still be in its way.
constexpr int kFirstTryAlone = 3;
/// Between two questions about a transaction whose fate is open.
constexpr std::chrono::milliseconds kAskAgain{50};

const failpoint::Point kBeforeCommit("sql.commit.before");
const failpoint::Point kCommitted("sql.commit.after");

}  // namespace

struct Transactions::Attempt {
    rt::Deadline deadline;
    std::chrono::milliseconds limit;
    bool last = false;
    rt::Steady begun = {};
    bool heard = false;  ///< the server answered
    bool committing = false;
    std::string id;
};

/// An engaged value is the end of it; nullopt means that trying again is worth it.
std::optional<Result<void>> Transactions::attempt(Attempt& attempt, const Work& work) {
    attempt.begun = clock_.steady();
    try {
        auto session = sessions_.borrow(attempt.deadline);
        try {
            return perform(attempt, session, work);
        } catch (const soci::soci_error& error) {
            connector_.rollback(*session);
            if (connector_.classify(error).session_lost) {
                session.drop();
                sessions_.drop_idle();  // most likely they went with it
            }
            throw;
        } catch (...) {
            connector_.rollback(*session);
            throw;
        }
    } catch (const soci::soci_error& error) {
        return judge(attempt, error);
    }
}

std::optional<Result<void>> Transactions::perform(Attempt& attempt, SessionPool::Lease& session,
                                                  const Work& work) {
    attempt.begun = clock_.steady();
    attempt.id = connector_.begin(*session, access_);
    attempt.heard = true;
    silence_.heard();
    if (probe_ != nullptr) probe_->note_answer(attempt.begun);
    auto outcome = work(*session);
    if (!outcome) {
        connector_.rollback(*session);
        return outcome;
    }
    const bool writes = access_ == Access::kWrite;
    if (writes && kBeforeCommit.hit(service_) == failpoint::Effect::kError) {
        connector_.rollback(*session);
        return fail(ErrorCode::kUnavailable, "a failpoint refused the commit");
    }
    attempt.committing = true;
    connector_.commit(*session);
    if (writes && probe_ != nullptr) probe_->note_commit();
    if (writes && kCommitted.hit(service_) != failpoint::Effect::kNone) {
        return resolve(attempt, {.error = {ErrorCode::kUnavailable, "a failpoint"}});
    }
    return Result<void>{};
}

std::optional<Result<void>> Transactions::judge(const Attempt& attempt,
                                                const soci::soci_error& error) {
    auto failure = connector_.classify(error);
    // Refusing to write in a read transaction says nothing of the store.
    const bool tells =
        access_ == Access::kWrite || failure.harm == Harm::kDamaged || failure.table_missing;
    if (tells && probe_ != nullptr) probe_->note(failure);
    const bool late = attempt.deadline.passed(clock_);
    if (failure.no_answer || (failure.session_lost && late)) silence_.unanswered();
    if (failure.session_lost && late) failure.error = overdue(attempt);
    if (attempt.committing && failure.unknown_at_commit) {
        return resolve(attempt, std::move(failure));
    }
    const bool again = failure.again || failure.session_lost;
    if (again && !attempt.last && !late) return std::nullopt;
    note_loss(attempt, failure);
    return std::unexpected(std::move(failure.error));
}

/// A session that was cut at the deadline was cut for its work's slowness, unless the server did
/// not even begin that.
void Transactions::note_loss(const Attempt& attempt, const Failure& failure) {
    const auto now = clock_.steady();
    const bool cut = failure.session_lost && attempt.deadline.passed(clock_);
    const bool mute = !attempt.heard && now - attempt.begun >= Reach::kFirstAnswer;
    if (probe_ != nullptr && (!cut || mute)) probe_->note_loss(failure, attempt.begun);
}

/// The answer to the COMMIT was lost by a `failure`.
std::optional<Result<void>> Transactions::resolve(const Attempt& attempt, Failure failure) {
    auto& lost = failure.error;
    auto fate = attempt.id.empty() ? Fate::kUntold : Fate::kUndecided;
    std::optional<rt::Steady> asked;
    while (fate == Fate::kUndecided && !attempt.deadline.passed(clock_)) {
        asked = clock_.steady();
        fate = connector_.fate_of(attempt.id, attempt.deadline);
        if (fate != Fate::kUndecided && probe_ != nullptr) probe_->note_answer(*asked);
        if (fate == Fate::kUndecided) rt::pause(kAskAgain);
    }
    const bool in_vain = asked && fate == Fate::kUndecided;
    if (in_vain && probe_ != nullptr) probe_->note_loss(failure, attempt.begun);
    if (fate == Fate::kCommitted) return Result<void>{};
    if (fate == Fate::kAborted) {
        if (!attempt.last && !attempt.deadline.passed(clock_)) return std::nullopt;
        return std::unexpected(std::move(lost));
    }
    lost.code = ErrorCode::kUnknown;
    lost.message = "the answer to COMMIT was lost: " + lost.message;
    lost.cause = "It may have been done all the same: the answer to its commit was lost.";
    return std::unexpected(std::move(lost));
}

Error Transactions::overdue(const Attempt& attempt) const {
    const auto late = fmt::format("no answer within {} ms", attempt.limit.count());
    return {ErrorCode::kUnavailable, fmt::format("{}: {}", connector_.where(), late),
            connector_.told("gave " + late)};
}

Result<void> Transactions::run(const Work& work, rt::Deadline deadline,
                               std::chrono::milliseconds limit) {
    for (int tries = 1;; ++tries) {
        Attempt one{.deadline = deadline, .limit = limit, .last = tries == kAttempts};
        const auto company =
            tries < kFirstTryAlone ? Turn::Company::kTogether : Turn::Company::kAlone;
        const Turn::Visit visit(turn_, company, deadline);
        if (!visit || deadline.passed(clock_)) return std::unexpected(overdue(one));
        auto outcome = attempt(one, work);
        if (outcome) return std::move(*outcome);
    }
}

}  // namespace dsm::sql

// Records a decision with all it leaves behind: its document, its announcements, its answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/ports.hpp"
#include "services/orchestrator/core/imprint.hpp"

namespace dsm::orchestrator {

/// What is answered once a decision is committed.
struct Recorded {
    Answer answer;
    std::vector<AnsweredKey> answered = {};  ///< keys that somebody else had answered meanwhile
    /// Somebody else recorded this very decision: its intent may still be open.
    bool by_another = false;
};

/// `keys` without those that are answered.
std::vector<IdempotencyKey> without(std::vector<IdempotencyKey> keys,
                                    const std::vector<AnsweredKey>& answered);

class Recorder {
public:
    Recorder(DecisionStore& store, std::string stream_name)
        : store_(store), stream_name_(std::move(stream_name)) {}

    /// The answer after the commit, which also ends the undertaking's intent. A Failure says what
    /// was done. A key has one answer for ever: one that got another one meanwhile, which is
    /// possible only after the turn was lost, is left out; and a decision that did nothing and for
    /// which nobody else waits is not recorded then.
    boost::asio::awaitable<Outcome<Recorded>> record(Undertaking undertaking, Performed performed);

    /// Makes the record that was lost between an act and its commit. The same ids as the lost one
    /// would have had: what of it arrived all the same comes to nobody twice.
    boost::asio::awaitable<Result<void>> record_lost(LostDecision lost);

    /// Those of `keys` that were answered already, also a moment ago by another orchestrator or
    /// when a decision that an earlier try had begun was finished. One that came with another body
    /// is answered with 422. Asked in the project's turn.
    boost::asio::awaitable<Outcome<std::vector<AnsweredKey>>> answered(
        std::vector<IdempotencyKey> keys);

    /// The body of the 200.
    static Answer answer_to(const Undertaking& undertaking, const Performed& performed,
                            Explain explain);

private:
    DecisionEntry entry_of(const Snapshot& snapshot, const Performed& performed, const Stamp& stamp,
                           telemetry::TraceContext trace) const;

    DecisionStore& store_;
    std::string stream_name_;
};

}  // namespace dsm::orchestrator

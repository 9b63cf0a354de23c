// Records a decision with all it leaves behind: its document, its announcements, its answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/ports.hpp"
#include "services/orchestrator/core/imprint.hpp"

namespace dsm::orchestrator {

class Recorder {
public:
    Recorder(DecisionStore& store, std::string stream_name)
        : store_(store), stream_name_(std::move(stream_name)) {}

    /// The answer after the commit, which also ends the undertaking's intent. A Failure says what
    /// was done.
    boost::asio::awaitable<Outcome<Answer>> record(Undertaking undertaking, Performed performed);

    /// Makes the record that was lost between an act and its commit. The same ids as the lost one
    /// would have had: what of it arrived all the same comes to nobody twice.
    boost::asio::awaitable<Result<void>> record_lost(LostDecision lost);

    /// The answer that one of these keys was given already, also a moment ago when a decision that
    /// an earlier try had begun was finished. Asked in the project's turn.
    boost::asio::awaitable<Outcome<std::optional<Answer>>> kept(std::vector<IdempotencyKey> keys);

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

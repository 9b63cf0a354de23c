// The Orchestrator Core: gather, decide, perform, record; one project at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"
#include "services/orchestrator/app/analyzer.hpp"
#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/performer.hpp"
#include "services/orchestrator/app/ports.hpp"
#include "services/orchestrator/app/recorder.hpp"
#include "services/orchestrator/app/settler.hpp"

namespace dsm::orchestrator {

/// kSettling decides nothing new: it finishes what an earlier process left behind.
enum class Acting { kForReal, kDryRun, kSettling };

/// One orchestration as asked for.
struct Command {
    ProjectId project;
    std::string action = "analyze_and_orchestrate";  ///< logged, nothing else
    Options options;
    Explain explain = Explain::kNo;
    Acting acting = Acting::kForReal;
};

/// Who waits for a flight.
struct Riders {
    std::vector<IdempotencyKey> keys;
    bool without_key = true;  ///< somebody waits who brought none
};

/// What a flight came to, for all its riders but those whose key had an answer already.
struct Landing {
    Outcome<Answer> answer;
    std::vector<AnsweredKey> answered = {};
};

/// Lives on the service's thread; the parts outlive it.
class Orchestrator {
public:
    Orchestrator(ProjectAnalyzer& analyzer, Performer& performer, Recorder& recorder,
                 Settler& settler, IntentStore& intents, const rt::Clock& clock,
                 rt::Random& random);

    /// The body of the 200 after the decision and all it leaves behind were committed. A Failure
    /// after something was done says what was done. Must not run twice at once for a project.
    ///
    /// What an earlier try left open comes first: while that cannot be settled, the project gets a
    /// 503 with Retry-After and nothing new is begun. A key that was answered before, also by
    /// another orchestrator a moment ago, gets that answer and no decision.
    boost::asio::awaitable<Landing> orchestrate(Command command, Riders riders, Call call);

private:
    boost::asio::awaitable<Outcome<Snapshot>> gather(Command command, Call call);
    boost::asio::awaitable<Outcome<Answer>> settle(ProjectId project, Call call);
    boost::asio::awaitable<Outcome<Recorded>> decide_anew(Command command, Undertaking undertaking,
                                                          Call call);
    boost::asio::awaitable<Outcome<Recorded>> act(Undertaking undertaking, Performed plan,
                                                  std::string action, Call call);
    boost::asio::awaitable<Outcome<Recorded>> resolve(Undertaking undertaking, Failure failure,
                                                      Call call);

    ProjectAnalyzer& analyzer_;
    Performer& performer_;
    Recorder& recorder_;
    Settler& settler_;
    IntentStore& intents_;
    const rt::Clock& clock_;
    rt::Random& random_;
};

}  // namespace dsm::orchestrator

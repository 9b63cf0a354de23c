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
#include "services/orchestrator/app/cronjob_keeper.hpp"
#include "services/orchestrator/app/ports.hpp"
#include "services/orchestrator/core/record.hpp"

namespace dsm::orchestrator {

enum class Explain { kNo, kYes };
enum class Acting { kForReal, kDryRun };

/// One orchestration as asked for.
struct Command {
    ProjectId project;
    std::string action = "analyze_and_orchestrate";  ///< logged, nothing else
    Options options;
    Explain explain = Explain::kNo;
    Acting acting = Acting::kForReal;
};

/// Lives on the service's thread; the parts outlive it.
class Orchestrator {
public:
    Orchestrator(ProjectAnalyzer& analyzer, SprintDirectory& sprints, CronJobKeeper& cronjobs,
                 DecisionStore& store, std::string stream_name, const rt::Clock& clock,
                 rt::Random& random);

    /// The body of the 200 after the decision and all it leaves behind were committed. A Failure
    /// after something was done says what was done. Must not run twice at once for a project.
    boost::asio::awaitable<Outcome<Answer>> orchestrate(Command command,
                                                        std::vector<IdempotencyKey> keys,
                                                        Call call);

private:
    boost::asio::awaitable<Outcome<Performed>> perform(Snapshot& snapshot, DecisionId id,
                                                       Call call);
    boost::asio::awaitable<Outcome<void>> start_sprint(const Snapshot& snapshot, CreateSprint plan,
                                                       Performed& performed, Call call);
    boost::asio::awaitable<void> make_cronjob(Snapshot& snapshot, CreateCronJob plan,
                                              Performed& performed, DecisionId id, Call call);
    DecisionEntry entry_of(const Snapshot& snapshot, const Performed& performed, DecisionId id,
                           const Call& call) const;

    ProjectAnalyzer& analyzer_;
    SprintDirectory& sprints_;
    CronJobKeeper& cronjobs_;
    DecisionStore& store_;
    std::string stream_name_;
    const rt::Clock& clock_;
    rt::Random& random_;
};

}  // namespace dsm::orchestrator

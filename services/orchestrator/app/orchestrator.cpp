#include "services/orchestrator/app/orchestrator.hpp"

#include <boost/json/array.hpp>

#include "libs/failpoint/failpoint.hpp"
#include "libs/rt/parallel.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr const char* kService = "project-orchestrator";

const failpoint::Point kAccepted("orchestrate.accepted");
const failpoint::Point kReadsDone("orchestrate.reads_done");
const failpoint::Point kIntended("orchestrate.intended");
const failpoint::Point kRecorded("orchestrate.recorded");

void log_decision(const Undertaking& undertaking, const std::string& action, Acting acting,
                  const Performed& performed) {
    telemetry::log(telemetry::Level::kInfo, kService, "decision",
                   {{"decision_id", undertaking.stamp.decision_id.str()},
                    {"project_id", undertaking.snapshot.project_id.str()},
                    {"action", action},
                    {"dry_run", acting == Acting::kDryRun},
                    {"path", name_of(performed.path)},
                    {"reason_code", name_of(performed.reason)},
                    {"reasoning", performed.reasoning},
                    {"actions_taken",
                     json::array(performed.actions_taken.begin(), performed.actions_taken.end())},
                    {"correlation_id", undertaking.trace.correlation_id}});
}

/// A sprint is not created under a name of ours, and an answer under a key is kept only with its
/// record: both are written down before anything is done. A CronJob alone carries its decision.
bool needs_intent(const Decision& decision, const std::vector<IdempotencyKey>& keys) {
    const bool starts_sprint = std::ranges::any_of(decision.actions, [](const Action& action) {
        return std::holds_alternative<CreateSprint>(action);
    });
    return starts_sprint || (!decision.actions.empty() && !keys.empty());
}

/// Somebody else may settle the intent by now, so it is left as it is.
Failure turn_lost(const Undertaking& undertaking, std::string detail) {
    if (undertaking.intended) {
        detail += fmt::format(
            " Decision {} was begun; that is settled before anything else is done for this"
            " project.",
            undertaking.stamp.decision_id.str());
    }
    return {.status = 503, .detail = std::move(detail), .retry_after = std::chrono::seconds(2)};
}

/// An intent that may have been written down is carried out later, so the client hears of it.
Failure not_begun(const Undertaking& undertaking, const Error& error) {
    std::string said = "The decision could not be begun. Done: nothing.";
    if (error.code == ErrorCode::kUnknown) {
        said = fmt::format(
            "Decision {} may have been begun; that is settled before anything else is done for "
            "this project. Done: nothing yet.",
            undertaking.stamp.decision_id.str());
    }
    return {.status = 503,
            .detail = with_cause(std::move(said), error),
            .retry_after = std::chrono::seconds(2)};
}

}  // namespace

Orchestrator::Orchestrator(ProjectAnalyzer& analyzer, Performer& performer, Recorder& recorder,
                           Settler& settler, IntentStore& intents, const rt::Clock& clock,
                           rt::Random& random)
    : analyzer_(analyzer),
      performer_(performer),
      recorder_(recorder),
      settler_(settler),
      intents_(intents),
      clock_(clock),
      random_(random) {}

asio::awaitable<Landing> Orchestrator::orchestrate(Command command, Riders riders, Call call) {
    if (command.acting == Acting::kSettling) {
        auto settled = co_await settle(command.project, call);
        co_return Landing{std::move(settled)};
    }
    kAccepted.hit();
    auto snapshot = co_await gather(command, call);
    if (!snapshot) co_return Landing{std::unexpected(snapshot.error())};
    kReadsDone.hit();
    auto answered = co_await recorder_.answered(riders.keys);
    if (!answered) co_return Landing{std::unexpected(answered.error())};
    const bool anybody_left = riders.without_key || answered->size() < riders.keys.size();
    if (!anybody_left) co_return Landing{answered->front().answer, std::move(*answered)};
    const Stamp stamp =
        Stamp::of(DecisionId(random_.uuid()), call.trace.correlation_id, clock_.wall());
    if (call.progress) call.progress->decision = stamp.decision_id;
    Undertaking undertaking{.snapshot = std::move(*snapshot),
                            .stamp = stamp,
                            .trace = call.trace,
                            .explain = command.explain,
                            .keys = without(std::move(riders.keys), *answered),
                            .only_for_keys = !riders.without_key};
    auto recorded = co_await decide_anew(command, std::move(undertaking), std::move(call));
    if (!recorded) co_return Landing{std::unexpected(recorded.error()), std::move(*answered)};
    std::ranges::move(recorded->answered, std::back_inserter(*answered));
    co_return Landing{std::move(recorded->answer), std::move(*answered)};
}

asio::awaitable<Outcome<Recorded>> Orchestrator::decide_anew(Command command,
                                                             Undertaking undertaking, Call call) {
    Performed plan = Performed::nothing_of(decide(undertaking.snapshot));
    if (auto why = objection_to(plan.base)) co_return failed(422, std::move(*why));
    if (command.acting != Acting::kDryRun) {
        co_return co_await act(std::move(undertaking), std::move(plan), command.action,
                               std::move(call));
    }
    log_decision(undertaking, command.action, command.acting, plan);
    co_return Recorded{Recorder::answer_to(undertaking, plan, Explain::kYes)};
}

asio::awaitable<Outcome<Answer>> Orchestrator::settle(ProjectId project, Call call) {
    const auto settled = co_await settler_.settle_project(project, call);
    if (!settled) co_return std::unexpected(settled.error());
    const auto recorded = co_await settler_.record_lost(project, call);
    if (!recorded) co_return std::unexpected(recorded.error());
    co_return Answer{};
}

/// The reads and a look at what is open go at the same time; only if something is open are the
/// reads worth nothing, and begin again after it is settled.
asio::awaitable<Outcome<Snapshot>> Orchestrator::gather(Command command, Call call) {
    Outcome<Snapshot> snapshot = failed(503, "");
    Result<std::vector<Undertaking>> open;
    const auto analyze = [&]() -> asio::awaitable<void> {
        snapshot = co_await analyzer_.analyze(command.project, command.options, call);
    };
    const auto look = [&]() -> asio::awaitable<void> {
        open = co_await intents_.all_open(command.project, 1);
    };
    if (command.acting == Acting::kDryRun) {
        co_await analyze();
        co_return snapshot;
    }
    co_await rt::when_all({analyze, look});
    if (!open) co_return std::unexpected(settler_.unreadable(command.project, open.error()));
    if (!open->empty()) {
        const auto settled = co_await settler_.settle_project(command.project, call);
        if (!settled) co_return std::unexpected(settled.error());
        snapshot = co_await analyzer_.analyze(command.project, command.options, call);
    }
    // One that cannot be made now is made by a later look.
    if (snapshot) co_await settler_.record_lost(*snapshot, call);
    co_return snapshot;
}

asio::awaitable<Outcome<Recorded>> Orchestrator::act(Undertaking undertaking, Performed plan,
                                                     std::string action, Call call) {
    if (!call.may_act()) {
        co_return std::unexpected(
            turn_lost(undertaking, call.why_not() + std::string(" Done: nothing.")));
    }
    if (needs_intent(plan.base, undertaking.keys)) {
        undertaking.intended = true;
        const auto opened = co_await intents_.open(undertaking);
        if (!opened) co_return std::unexpected(not_begun(undertaking, opened.error()));
        kIntended.hit();
    }
    auto performed = co_await performer_.perform(undertaking, std::move(plan), call);
    if (!performed) {
        co_return co_await resolve(std::move(undertaking), std::move(performed.error()), call);
    }
    log_decision(undertaking, action, Acting::kForReal, *performed);
    auto recorded = co_await recorder_.record(std::move(undertaking), std::move(*performed));
    if (recorded) kRecorded.hit();
    co_return recorded;
}

/// The sprint did not start, or may have. What may have happened is looked for at once; what cannot
/// be found out stays open and is settled before anything else is done for the project.
asio::awaitable<Outcome<Recorded>> Orchestrator::resolve(Undertaking undertaking, Failure failure,
                                                         Call call) {
    if (!call.may_act()) {
        co_return std::unexpected(turn_lost(undertaking, std::move(failure.detail)));
    }
    const std::string id = undertaking.stamp.decision_id.str();
    if (!failure.maybe_done) {
        const auto closed = co_await intents_.close(undertaking.stamp.decision_id);
        if (!closed) {
            failure.detail += fmt::format(
                " Decision {} could not be taken back, and may be carried out later.", id);
            failure.retry_after = std::chrono::seconds(2);
        }
        co_return std::unexpected(std::move(failure));
    }
    const auto settled = co_await settler_.settle(std::move(undertaking), std::move(call));
    const auto* finished = settled ? std::get_if<Finished>(&*settled) : nullptr;
    if (finished) co_return finished->recorded;
    if (settled) {
        failure.detail += " It was looked for: it was not.";
    } else {
        failure.detail += fmt::format(
            " Decision {} is looked for before anything else is done for this project.", id);
        failure.retry_after = std::chrono::seconds(2);
    }
    co_return std::unexpected(std::move(failure));
}

}  // namespace dsm::orchestrator

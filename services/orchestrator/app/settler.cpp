#include "services/orchestrator/app/settler.hpp"

#include "libs/failpoint/failpoint.hpp"
#include "libs/telemetry/log.hpp"
#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

constexpr const char* kService = "project-orchestrator";
constexpr std::size_t kIntentsAtOnce = 100;
constexpr std::size_t kRemembered = 10'000;
constexpr std::chrono::seconds kAskAgain{2};

const failpoint::Point kSettling("settle.begun");
const failpoint::Point kFoundLost("settle.record_is_lost");

void log(std::string_view event, const Undertaking& undertaking, std::string_view how) {
    telemetry::log(telemetry::Level::kInfo, kService, event,
                   {{"decision_id", undertaking.stamp.decision_id.str()},
                    {"project_id", undertaking.snapshot.project_id.str()},
                    {"how", how},
                    {"correlation_id", undertaking.trace.correlation_id}});
}

}  // namespace

Settler::Settler(ProjectAnalyzer& analyzer, SprintDirectory& sprints, CronJobs& cronjobs,
                 Performer& performer, Recorder& recorder, DecisionStore& decisions,
                 IntentStore& intents, const rt::Clock& clock)
    : analyzer_(analyzer),
      sprints_(sprints),
      cronjobs_(cronjobs),
      performer_(performer),
      recorder_(recorder),
      decisions_(decisions),
      intents_(intents),
      clock_(clock) {}

asio::awaitable<Outcome<Settled>> Settler::settle(Undertaking undertaking, Call call) {
    kSettling.hit();
    const Snapshot& intended = undertaking.snapshot;
    const auto now = co_await analyzer_.analyze(intended.project_id, intended.options, call);
    if (!now) co_return std::unexpected(now.error());
    if (!call.may_act()) co_return failed(503, call.why_not());
    const auto settlement = dsm::orchestrator::settle(intended, undertaking.stamp.decision_id, *now,
                                                      clock_.wall() - undertaking.stamp.at);
    if (const auto* wait = std::get_if<Wait>(&settlement)) co_return failed(503, wait->why);
    if (const auto* closed = std::get_if<Close>(&settlement)) {
        co_return co_await close(std::move(undertaking), closed->why);
    }
    if (const auto* adopted = std::get_if<Adopt>(&settlement)) {
        co_return co_await adopt(std::move(undertaking), *adopted, call);
    }
    co_return co_await repeat(std::move(undertaking), call);
}

asio::awaitable<Outcome<Settled>> Settler::adopt(Undertaking undertaking, Adopt adopted,
                                                 Call call) {
    Performed begun = Performed::nothing_of(decide(undertaking.snapshot));
    if (adopted.sprint) {
        const auto tasks = co_await sprints_.task_count(*adopted.sprint, call);
        if (!tasks) co_return std::unexpected(tasks.error());
        Performer::note_sprint(begun, {.id = *adopted.sprint, .assigned_tasks = *tasks});
    }
    if (!adopted.active) {
        std::erase_if(begun.base.actions, [](const Action& action) {
            return std::holds_alternative<CreateCronJob>(action);
        });
        begun.cronjob_created = false;
    }
    co_return co_await finish(std::move(undertaking), std::move(begun),
                              "what was begun was completed", call);
}

asio::awaitable<Outcome<Settled>> Settler::repeat(Undertaking undertaking, Call call) {
    Performed begun = Performed::nothing_of(decide(undertaking.snapshot));
    co_return co_await finish(std::move(undertaking), std::move(begun),
                              "nothing of it had happened, and it was done", call);
}

asio::awaitable<Outcome<Settled>> Settler::finish(Undertaking undertaking, Performed begun,
                                                  std::string how, Call call) {
    auto performed = co_await performer_.perform(undertaking, std::move(begun), call);
    if (!performed) co_return std::unexpected(performed.error());
    auto recorded = co_await recorder_.record(undertaking, std::move(*performed));
    if (!recorded) co_return std::unexpected(recorded.error());
    if (recorded->by_another) {
        const auto closed = co_await intents_.close(undertaking.stamp.decision_id);
        if (!closed) co_return database_failed(closed.error());
    }
    log("intent_finished", undertaking, how);
    co_return Settled(Finished{std::move(*recorded)});
}

asio::awaitable<Outcome<Settled>> Settler::close(Undertaking undertaking, std::string why) {
    log("intent_closed", undertaking, why);
    const auto closed = co_await intents_.close(undertaking.stamp.decision_id);
    if (!closed) co_return database_failed(closed.error());
    co_return Settled(Closed{});
}

asio::awaitable<Outcome<void>> Settler::settle_project(ProjectId project, Call call) {
    auto open = co_await intents_.all_open(project, kIntentsAtOnce);
    if (!open) co_return std::unexpected(unreadable(project, open.error()));
    for (Undertaking& undertaking : *open) {
        const std::string id = undertaking.stamp.decision_id.str();
        const auto settled = co_await settle(std::move(undertaking), call);
        if (settled) continue;
        Failure failure{
            .status = 503,
            .detail = fmt::format("Project {} waits: decision {} was begun and can neither be "
                                  "finished nor closed yet: {}",
                                  project.str(), id, settled.error().detail)};
        failure.retry_after = kAskAgain;
        co_return std::unexpected(std::move(failure));
    }
    co_return Outcome<void>{};
}

Failure Settler::unreadable(const ProjectId& project, const Error& why) {
    if (why.code != ErrorCode::kInvalid) return database_failed(why).error();
    Failure failure{.status = 503,
                    .detail = fmt::format("Project {} waits: {}", project.str(), why.message),
                    .retry_after = kAskAgain};
    if (unreadable_.size() >= kRemembered) unreadable_.clear();
    if (!unreadable_.insert(why.message).second) return failure;
    telemetry::log(telemetry::Level::kError, kService, "intent_unreadable",
                   {{"project_id", project.str()},
                    {"why", why.message},
                    {"help",
                     "Start the version that wrote it, or look at the project's sprints and "
                     "CronJobs and delete the row of the table intents (docs/operations.md)."}});
    return failure;
}

void Settler::remember(const DecisionId& recorded) {
    if (recorded_.size() >= kRemembered) recorded_.clear();
    recorded_.insert(recorded);
}

asio::awaitable<Outcome<void>> Settler::record_lost(Snapshot snapshot, Call call) {
    const auto* cronjob = value_of(snapshot.cronjob);
    if (!cronjob || cronjob->decision.empty()) co_return Outcome<void>{};
    if (recorded_.contains(cronjob->decision)) co_return Outcome<void>{};
    const auto unrecorded = co_await decisions_.unrecorded({cronjob->decision});
    if (!unrecorded) co_return database_failed(unrecorded.error());
    if (unrecorded->empty()) {
        remember(cronjob->decision);
        co_return Outcome<void>{};
    }
    co_return co_await record_lost(snapshot.project_id, std::move(call));
}

asio::awaitable<Outcome<void>> Settler::record_lost(ProjectId project, Call call) {
    const std::string selector =
        "app.kubernetes.io/managed-by=dsm,project=" + label_value(project.str());
    const auto outcome = co_await cronjobs_.list(selector, call);
    const auto* listed = std::get_if<kube::Listed>(&outcome);
    if (!listed) co_return failed(503, "The project's CronJobs could not be listed.");
    std::vector<LostDecision> found;
    std::vector<DecisionId> ids;
    for (const auto& object : listed->items) {
        auto lost = lost_decision(object);
        if (!lost || lost->snapshot.project_id != project) continue;
        ids.push_back(lost->stamp.decision_id);
        found.push_back(std::move(*lost));
    }
    const auto unrecorded = co_await decisions_.unrecorded(std::move(ids));
    if (!unrecorded) co_return database_failed(unrecorded.error());
    std::ranges::sort(found, {}, [](const LostDecision& lost) { return lost.stamp.at; });
    for (LostDecision& lost : found) {
        const DecisionId id = lost.stamp.decision_id;
        if (std::ranges::find(*unrecorded, id) == unrecorded->end()) continue;
        kFoundLost.hit();
        const auto recorded = co_await recorder_.record_lost(std::move(lost));
        // Somebody else made it meanwhile: then it is made.
        const bool made = recorded || recorded.error().code == ErrorCode::kConflict;
        if (!made) co_return database_failed(recorded.error());
        telemetry::log(telemetry::Level::kInfo, kService, "record_made_from_object",
                       {{"decision_id", id.str()}, {"project_id", project.str()}});
    }
    co_return Outcome<void>{};
}

}  // namespace dsm::orchestrator

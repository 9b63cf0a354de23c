#include "services/orchestrator/app/performer.hpp"

#include <fmt/ranges.h>

#include "libs/failpoint/failpoint.hpp"
#include "services/orchestrator/core/imprint.hpp"
#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

const failpoint::Point kBetweenActs("orchestrate.between_sprint_and_cronjob");
const failpoint::Point kActed("orchestrate.acted");

/// The decision turned out to find what it wanted to make: it becomes what it would have been had
/// it looked a moment later.
void become(Performed& performed, Decision found) {
    const Decision base = std::move(performed.base);
    performed = Performed::nothing_of(std::move(found));
    performed.base = base;
}

void note_found(Undertaking& undertaking, Performed& performed, const std::string& name,
                const CronJobState& state) {
    undertaking.snapshot.cronjob = Known<CronJobState>{state};
    if (!performed.created_sprint) return become(performed, decide(undertaking.snapshot));
    const auto warnings = sentence::cronjob_warnings(name, state);
    performed.warnings.insert(performed.warnings.end(), warnings.begin(), warnings.end());
}

SprintId sprint_of(const CreateCronJob& plan, const Performed& performed) {
    return plan.sprint ? *plan.sprint : *performed.created_sprint;
}

Failure turn_lost(const Performed& performed, const Call& call, std::string_view maybe = "") {
    const auto& done = performed.actions_taken;
    return {.status = 503,
            .detail = fmt::format("{}{} Done: {}.", call.why_not(), maybe,
                                  done.empty() ? "nothing" : fmt::to_string(fmt::join(done, ", "))),
            .maybe_done = true};
}

}  // namespace

asio::awaitable<Outcome<Performed>> Performer::perform(Undertaking& undertaking, Performed begun,
                                                       Call call) {
    Performed performed = std::move(begun);
    const std::vector<Action> actions = performed.base.actions;
    for (const Action& action : actions) {
        const auto* sprint = std::get_if<CreateSprint>(&action);
        if (sprint && performed.created_sprint) continue;
        if (!call.may_act()) co_return std::unexpected(turn_lost(performed, call));
        if (sprint) {
            const auto started = co_await start_sprint(undertaking, *sprint, performed, call);
            if (!started) co_return std::unexpected(started.error());
            kBetweenActs.hit();
        } else {
            co_await make_cronjob(undertaking, std::get<CreateCronJob>(action), performed, call);
            // Whoever looks next can know it: it carries its decision, or an intent is open.
            const bool guessed = performed.reason == Reason::kCreateUnknown && !call.may_act();
            if (guessed) {
                performed.actions_taken.pop_back();  // that it failed
                const SprintId its = sprint_of(std::get<CreateCronJob>(action), performed);
                co_return std::unexpected(
                    turn_lost(performed, call,
                              fmt::format(" CronJob {} may have been created.",
                                          cronjob_name(undertaking.snapshot.project_id, its))));
            }
        }
    }
    if (!actions.empty()) kActed.hit();
    co_return performed;
}

void Performer::note_sprint(Performed& performed, const StartedSprint& started) {
    performed.created_sprint = started.id;
    performed.sprint_name = started.id.str();
    performed.assigned_tasks = started.assigned_tasks;
    performed.actions_taken.push_back(sentence::created_sprint(started.id));
    performed.actions_taken.push_back(sentence::assigned_tasks(started.assigned_tasks));
    performed.warnings.insert(performed.warnings.end(), started.warnings.begin(),
                              started.warnings.end());
}

asio::awaitable<Outcome<void>> Performer::start_sprint(const Undertaking& undertaking,
                                                       CreateSprint plan, Performed& performed,
                                                       Call call) {
    auto started = co_await sprints_.start(undertaking.snapshot.project_id, plan, call);
    if (!started) {
        Failure failure = std::move(started.error());
        if (failure.maybe_done) {
            if (!failure.detail.ends_with('.')) failure.detail += '.';
            failure.detail += " Sprint " + plan.name + " may have been created.";
        }
        co_return std::unexpected(std::move(failure));
    }
    note_sprint(performed, *started);
    co_return Outcome<void>{};
}

asio::awaitable<void> Performer::make_cronjob(Undertaking& undertaking, CreateCronJob plan,
                                              Performed& performed, Call call) {
    const Snapshot& snapshot = undertaking.snapshot;
    const SprintId sprint = sprint_of(plan, performed);
    const auto* settings = value_of(snapshot.settings);
    const std::string name = cronjob_name(snapshot.project_id, sprint);
    const auto result =
        co_await cronjobs_.make({.project = snapshot.project_id,
                                 .sprint = sprint,
                                 .schedule = plan.schedule,
                                 .time_zone = settings ? settings->time_zone : std::nullopt,
                                 .decision = undertaking.stamp.decision_id,
                                 .imprint = imprint_of(snapshot, performed, undertaking.stamp,
                                                       undertaking.trace.traceparent)},
                                settings, call);
    if (std::holds_alternative<CronJobMade>(result)) {
        performed.cronjob_name = name;
        performed.actions_taken.push_back(sentence::created_cronjob(name));
        co_return;
    }
    performed.cronjob_created = false;
    if (const auto* found = std::get_if<CronJobFound>(&result)) {
        note_found(undertaking, performed, name, found->state);
        co_return;
    }
    const auto* refused = std::get_if<CronJobRefused>(&result);
    performed.reason = refused ? Reason::kCreateRefused : Reason::kCreateUnknown;
    const std::string why =
        refused ? refused->why : "outcome unknown: " + std::get<CronJobUncertain>(result).why;
    performed.actions_taken.push_back(sentence::failed_cronjob(sprint));
    performed.warnings.push_back(sentence::refused_warning(sprint, why));
}

}  // namespace dsm::orchestrator

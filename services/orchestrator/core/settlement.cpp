#include "services/orchestrator/core/settlement.hpp"

#include <algorithm>

namespace dsm::orchestrator {
namespace {

constexpr std::chrono::hours kWorthRepeating{1};

const CreateSprint* sprint_of(const Decision& decision) {
    for (const Action& action : decision.actions) {
        if (const auto* sprint = std::get_if<CreateSprint>(&action)) return sprint;
    }
    return nullptr;
}

const CreateCronJob* cronjob_of(const Decision& decision) {
    for (const Action& action : decision.actions) {
        if (const auto* cronjob = std::get_if<CreateCronJob>(&action)) return cronjob;
    }
    return nullptr;
}

std::string sprints_state(const Snapshot& now) {
    return "the project's sprints are " + state_of(now.sprints);
}

Settlement repeat_or_close(bool still_wanted, std::chrono::microseconds age) {
    if (!still_wanted) return Close{"it is no longer what is to be done"};
    if (age > kWorthRepeating) return Close{"nobody waits for it any more"};
    return Repeat{};
}

}  // namespace

Settlement settle(const Snapshot& intended, const DecisionId& decision, const Snapshot& now,
                  std::chrono::microseconds age) {
    const Decision plan = decide(intended);
    const Decision fresh = decide(now);
    if (!value_of(now.sprints)) return Wait{sprints_state(now)};
    if (const CreateSprint* sprint = sprint_of(plan)) {
        const auto& sprints = *value_of(now.sprints);
        const auto found = std::ranges::find(sprints, sprint->name, &Sprint::name);
        if (found != sprints.end()) return Adopt{found->id, found->active()};
        const CreateSprint* again = sprint_of(fresh);
        return repeat_or_close(again && again->name == sprint->name, age);
    }
    const CreateCronJob* cronjob = cronjob_of(plan);
    if (!cronjob) return Close{"it was to do nothing"};
    const Sprint* active = active_sprint(now);
    const CronJobState* found = value_of(now.cronjob);
    const bool same_sprint = active && active->id == cronjob->sprint;
    if (const auto* unknown = std::get_if<Unknown>(&now.cronjob); same_sprint && unknown) {
        return Wait{"its CronJob is unknown: " + unknown->why};
    }
    if (same_sprint && found && found->decision == decision) return Adopt{};
    const CreateCronJob* again = cronjob_of(fresh);
    return repeat_or_close(again && again->sprint == cronjob->sprint, age);
}

}  // namespace dsm::orchestrator

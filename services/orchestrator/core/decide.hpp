// The Decision Engine: what to do for one project, and why. Pure and total.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/orchestrator/core/reasons.hpp"
#include "services/orchestrator/core/snapshot.hpp"

namespace dsm::orchestrator {

struct CreateSprint {
    std::string name;  ///< proposed; sprint-service's answer has the id that counts
    int duration_weeks = 2;
    int max_tasks = 10;
    bool assign_tasks = true;

    bool operator==(const CreateSprint&) const = default;
};

struct CreateCronJob {
    std::optional<SprintId> sprint;  ///< nullopt: the one that the action before it creates
    std::string schedule;

    bool operator==(const CreateCronJob&) const = default;
};

/// Data, so that a plan can be printed, compared and kept.
using Action = std::variant<CreateSprint, CreateCronJob>;

/// "create sprint P-S01 of 2 weeks with at most 10 tasks"
std::string describe(const Action& action);

/// One rule that was looked at, in order; the first one that holds decides.
struct RuleTrace {
    std::string_view rule;
    bool held = false;
    std::string because;  ///< the values it looked at

    bool operator==(const RuleTrace&) const = default;
};

struct Decision {
    Path path = Path::kBlocked;
    Reason reason = Reason::kProjectUnknown;
    std::string reasoning;  ///< contract section 2.2, literal
    std::vector<std::string> warnings;
    std::vector<Action> actions;  ///< in this order

    bool create_new_sprint = false;
    std::int64_t tasks_to_assign = 0;
    bool cronjob_created = false;  ///< as planned
    std::optional<std::string> sprint_name;
    std::optional<SprintId> active_sprint;  ///< the one that was found

    std::vector<RuleTrace> trace;
};

/// No clock, no I/O, no log. Every Snapshot has a Decision; one whose inputs do not suffice has the
/// path `blocked` and no actions. Source: change request, "Decision Path"; contract section 2.2.
Decision decide(const Snapshot& snapshot);

/// Why the client has to change something before any of it can be done, as a sentence: an id that
/// leaves no room for its sprint's. nullopt: nothing stands against it.
std::optional<std::string> objection_to(const Decision& decision);

}  // namespace dsm::orchestrator

// What becomes of an intent that was written down and not finished: pure rules, looked at before
// anything is done again.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "services/orchestrator/core/decide.hpp"

namespace dsm::orchestrator {

/// Its first act happened: what was left out is done, and the decision recorded. `sprint` is the
/// one it created; nullopt when it was the CronJob alone.
struct Adopt {
    std::optional<SprintId> sprint;
    bool active = true;  ///< the sprint still is: a closed one gets no CronJob

    bool operator==(const Adopt&) const = default;
};

/// Nothing of it happened, and it still is what is to be done: it is done again, under the same
/// names.
struct Repeat {
    bool operator==(const Repeat&) const = default;
};

/// Nothing of it happened, and nothing is to be done any more: it leaves no record.
struct Close {
    std::string why;

    bool operator==(const Close&) const = default;
};

/// Whether it happened cannot be known yet: nothing is done on that.
struct Wait {
    std::string why;

    bool operator==(const Wait&) const = default;
};

using Settlement = std::variant<Adopt, Repeat, Close, Wait>;

/// `intended` is what the decision rested on, `now` what was read since with the same options;
/// `age` since the intent was written. decide(intended) is the plan. A sprint is recognised by the
/// name that the plan gave it, a CronJob by the decision id it carries.
///
/// An intent of which nothing happened is carried out only within an hour: nobody waits for it
/// after that.
Settlement settle(const Snapshot& intended, const DecisionId& decision, const Snapshot& now,
                  std::chrono::microseconds age);

}  // namespace dsm::orchestrator

// What really happened, and the documents that tell it: the answer, the note, the event, the audit
// (contract sections 2.1 and 2.4). Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/time.hpp"
#include "services/orchestrator/core/decide.hpp"

namespace dsm::orchestrator {

/// A decision after its actions were tried: the plan corrected by the facts.
struct Performed {
    Decision base;  ///< as decided
    Path path;      ///< as it turned out
    Reason reason;
    std::string reasoning;
    std::vector<std::string> warnings;
    bool create_new_sprint = false;
    std::int64_t tasks_to_assign = 0;
    bool cronjob_created = false;
    std::optional<std::string> sprint_name;
    std::optional<SprintId> active_sprint;
    std::vector<std::string> actions_taken;
    std::optional<std::string> cronjob_name;  ///< only of a CronJob that this decision created
    std::optional<SprintId> created_sprint;
    std::int64_t assigned_tasks = 0;  ///< to the created sprint, as sprint-service said

    /// A plan of which nothing was done yet.
    static Performed nothing_of(Decision decision);

    /// The sprint that the decision is about: the new one, else the active one.
    std::optional<SprintId> sprint() const;
};

/// The ids and the time of one record. Event and task follow from the decision, so that a record
/// made again is the same one.
struct Stamp {
    DecisionId decision_id;
    std::string event_id;
    std::string task_id;  ///< a UUID
    std::string correlation_id;
    Instant at;  ///< when it was decided

    static Stamp of(DecisionId decision, std::string correlation, Instant at);
};

/// The body of the 200, exactly the contract's keys. The inputs it shows must be known.
boost::json::object answer_body(const Snapshot& snapshot, const Performed& performed);

/// `?explain=true`: the rules, the inputs with their age, the plan, the ids.
boost::json::object explanation(const Snapshot& snapshot, const Performed& performed,
                                const DecisionId& decision_id);

/// The one object that is both the event's `data` and the note.
boost::json::object decision_record(const Snapshot& snapshot, const Performed& performed,
                                    const Stamp& stamp);

/// `record` with what the audit adds to it.
boost::json::object decision_audit(boost::json::object record, const Snapshot& snapshot,
                                   const Performed& performed, const Stamp& stamp);

}  // namespace dsm::orchestrator

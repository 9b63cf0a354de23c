#include "services/orchestrator/app/recorder.hpp"

#include <fmt/ranges.h>

#include <boost/json/serialize.hpp>

#include "services/orchestrator/app/idempotency.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace json = boost::json;

Answer Recorder::answer_to(const Undertaking& undertaking, const Performed& performed,
                           Explain explain) {
    const DecisionId& id = undertaking.stamp.decision_id;
    json::object body = answer_body(undertaking.snapshot, performed);
    if (explain == Explain::kYes) {
        body["explanation"] = explanation(undertaking.snapshot, performed, id);
    }
    return {json::serialize(body), id};
}

std::vector<IdempotencyKey> without(std::vector<IdempotencyKey> keys,
                                    const std::vector<AnsweredKey>& answered) {
    std::erase_if(keys, [&](const IdempotencyKey& key) {
        return std::ranges::any_of(answered, [&](const AnsweredKey& other) {
            return other.key.scope == key.scope && other.key.key == key.key;
        });
    });
    return keys;
}

namespace {

Failure not_recorded(const Performed& performed, const Error& error) {
    const auto& done = performed.actions_taken;
    const bool unsure = error.code == ErrorCode::kUnknown;
    return {.status = 503,
            .detail = with_cause(
                fmt::format("The decision {} recorded. Done: {}.",
                            unsure ? "may not have been" : "could not be",
                            done.empty() ? "nothing" : fmt::to_string(fmt::join(done, ", "))),
                error),
            .retry_after = std::chrono::seconds(2)};
}

}  // namespace

asio::awaitable<Outcome<Recorded>> Recorder::record(Undertaking undertaking, Performed performed) {
    Recorded result{answer_to(undertaking, performed, undertaking.explain)};
    DecisionEntry entry =
        entry_of(undertaking.snapshot, performed, undertaking.stamp, undertaking.trace);
    entry.keys = std::move(undertaking.keys);
    entry.answer = result.answer;
    entry.settles_intent = undertaking.intended;
    const DecisionId id = entry.id;
    bool keyed = !entry.keys.empty();  // with a key that has no answer yet
    auto recorded = co_await store_.record(entry);
    if (!recorded && recorded.error().code == ErrorCode::kConflict && keyed) {
        auto answered = co_await this->answered(entry.keys);
        if (!answered) co_return std::unexpected(not_recorded(performed, recorded.error()));
        entry.keys = without(std::move(entry.keys), *answered);
        result.answered = std::move(*answered);
        keyed = !entry.keys.empty();
        const bool for_nobody = undertaking.only_for_keys && !keyed;
        if (for_nobody && performed.actions_taken.empty() && !undertaking.intended) {
            co_return result;
        }
        if (!result.answered.empty()) recorded = co_await store_.record(std::move(entry));
    }
    if (recorded) co_return result;
    // Another orchestrator finished this very decision: its keys have their answer.
    const bool finished = recorded.error().code == ErrorCode::kConflict && !result.answered.empty();
    if (finished) co_return result;
    // The same, or made its lost record from the CronJob; no key waits for an answer of its own.
    if (recorded.error().code == ErrorCode::kConflict && !keyed) {
        const auto unrecorded = co_await store_.unrecorded({id});
        result.by_another = unrecorded && unrecorded->empty();
        if (result.by_another) co_return result;
    }
    co_return std::unexpected(not_recorded(performed, recorded.error()));
}

asio::awaitable<Outcome<std::vector<AnsweredKey>>> Recorder::answered(
    std::vector<IdempotencyKey> keys) {
    std::vector<AnsweredKey> all;
    for (const IdempotencyKey& key : keys) {
        auto found = co_await store_.kept(key);
        if (!found) co_return database_failed(found.error());
        if (*found) all.push_back({key, answer_of(**found, key)});
    }
    co_return all;
}

asio::awaitable<Result<void>> Recorder::record_lost(LostDecision lost) {
    DecisionEntry entry =
        entry_of(lost.snapshot, lost.performed, lost.stamp,
                 {.correlation_id = lost.stamp.correlation_id, .traceparent = lost.traceparent});
    entry.document["made_from"] = "cronjob";
    co_return co_await store_.record(std::move(entry));
}

DecisionEntry Recorder::entry_of(const Snapshot& snapshot, const Performed& performed,
                                 const Stamp& stamp, telemetry::TraceContext trace) const {
    const json::object record = decision_record(snapshot, performed, stamp);
    const json::object audit = decision_audit(record, snapshot, performed, stamp);
    const std::string type = "ORCHESTRATION_DECISION";
    const std::string told = json::serialize(record);

    DecisionEntry entry{.id = stamp.decision_id, .project = snapshot.project_id, .at = stamp.at};
    entry.announcements = {{"stream:" + stream_name_, stamp.event_id, type, told},
                           {"chronicle:/v1/notes/daily_scrum_report", stamp.event_id, type, told},
                           {"chronicle:/v1/notes/decision_audit", stamp.decision_id.str(), type,
                            json::serialize(audit)}};
    entry.trace = std::move(trace);
    // A CronJob that may have been made counts: if it is there, it has this schedule, and should
    // not be told to differ from an older one.
    const bool may_exist = performed.cronjob_name || performed.reason == Reason::kCreateUnknown;
    if (may_exist && snapshot.options.schedule) {
        entry.schedule_to_remember = snapshot.options.schedule;
    }
    entry.document = explanation(snapshot, performed, stamp.decision_id);
    entry.document["project_id"] = snapshot.project_id.str();
    entry.document["decided_at"] = format_rfc3339(stamp.at);
    entry.document["reasoning"] = performed.reasoning;
    entry.document["warnings"] = json::array(performed.warnings.begin(), performed.warnings.end());
    entry.document["actions_taken"] =
        json::array(performed.actions_taken.begin(), performed.actions_taken.end());
    return entry;
}

}  // namespace dsm::orchestrator

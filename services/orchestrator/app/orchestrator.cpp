#include "services/orchestrator/app/orchestrator.hpp"

#include <fmt/ranges.h>

#include <boost/json/serialize.hpp>

#include "libs/telemetry/log.hpp"
#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr const char* kService = "project-orchestrator";

void log_decision(const Command& command, const Performed& performed, const DecisionId& id,
                  const Call& call) {
    telemetry::log(telemetry::Level::kInfo, kService, "decision",
                   {{"decision_id", id.str()},
                    {"project_id", command.project.str()},
                    {"action", command.action},
                    {"dry_run", command.acting == Acting::kDryRun},
                    {"path", name_of(performed.path)},
                    {"reason_code", name_of(performed.reason)},
                    {"reasoning", performed.reasoning},
                    {"actions_taken",
                     json::array(performed.actions_taken.begin(), performed.actions_taken.end())},
                    {"correlation_id", call.trace.correlation_id}});
}

/// The decision turned out to find what it wanted to make: it becomes what it would have been had
/// it looked a moment later.
void become(Performed& performed, Decision found) {
    const Decision base = std::move(performed.base);
    performed = Performed::nothing_of(std::move(found));
    performed.base = base;
}

}  // namespace

Orchestrator::Orchestrator(ProjectAnalyzer& analyzer, SprintDirectory& sprints,
                           CronJobKeeper& cronjobs, DecisionStore& store, std::string stream_name,
                           const rt::Clock& clock, rt::Random& random)
    : analyzer_(analyzer),
      sprints_(sprints),
      cronjobs_(cronjobs),
      store_(store),
      stream_name_(std::move(stream_name)),
      clock_(clock),
      random_(random) {}

asio::awaitable<Outcome<Answer>> Orchestrator::orchestrate(Command command,
                                                           std::vector<IdempotencyKey> keys,
                                                           Call call) {
    auto snapshot = co_await analyzer_.analyze(command.project, command.options, call);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    const DecisionId id(random_.uuid());

    Outcome<Performed> performed = Performed::nothing_of(decide(*snapshot));
    if (command.acting == Acting::kForReal) {
        performed = co_await perform(*snapshot, id, call);
        if (!performed) co_return std::unexpected(performed.error());
    }
    json::object body = answer_body(*snapshot, *performed);
    if (command.explain == Explain::kYes || command.acting == Acting::kDryRun) {
        body["explanation"] = explanation(*snapshot, *performed, id);
    }
    const Answer answer{json::serialize(body), id};
    log_decision(command, *performed, id, call);

    if (command.acting == Acting::kDryRun) co_return answer;
    DecisionEntry entry = entry_of(*snapshot, *performed, id, call);
    entry.keys = std::move(keys);
    entry.answer = answer;
    const auto recorded = co_await store_.record(std::move(entry));
    if (!recorded) {
        const auto& done = performed->actions_taken;
        const bool unsure = recorded.error().code == ErrorCode::kUnknown;
        co_return failed(
            503, fmt::format("The decision {} recorded. Done: {}.",
                             unsure ? "may not have been" : "could not be",
                             done.empty() ? "nothing" : fmt::to_string(fmt::join(done, ", "))));
    }
    co_return answer;
}

asio::awaitable<Outcome<Performed>> Orchestrator::perform(Snapshot& snapshot, DecisionId id,
                                                          Call call) {
    Performed performed = Performed::nothing_of(decide(snapshot));
    const std::vector<Action> actions = performed.base.actions;
    for (const Action& action : actions) {
        if (const auto* sprint = std::get_if<CreateSprint>(&action)) {
            const auto started = co_await start_sprint(snapshot, *sprint, performed, call);
            if (!started) co_return std::unexpected(started.error());
        } else {
            co_await make_cronjob(snapshot, std::get<CreateCronJob>(action), performed, id, call);
        }
    }
    co_return performed;
}

asio::awaitable<Outcome<void>> Orchestrator::start_sprint(const Snapshot& snapshot,
                                                          CreateSprint plan, Performed& performed,
                                                          Call call) {
    auto started = co_await sprints_.start(snapshot.project_id, plan, call);
    if (!started) {
        Failure failure = std::move(started.error());
        if (failure.maybe_done) {
            failure.detail +=
                " Sprint " + plan.name + " may have been created; the next request will find out.";
        }
        co_return std::unexpected(std::move(failure));
    }
    performed.created_sprint = started->id;
    performed.sprint_name = started->id.str();
    performed.actions_taken.push_back(sentence::created_sprint(started->id));
    performed.actions_taken.push_back(sentence::assigned_tasks(started->assigned_tasks));
    performed.warnings.insert(performed.warnings.end(), started->warnings.begin(),
                              started->warnings.end());
    co_return Outcome<void>{};
}

asio::awaitable<void> Orchestrator::make_cronjob(Snapshot& snapshot, CreateCronJob plan,
                                                 Performed& performed, DecisionId id, Call call) {
    const SprintId sprint = plan.sprint ? *plan.sprint : *performed.created_sprint;
    const auto* settings = value_of(snapshot.settings);
    const std::string name = cronjob_name(snapshot.project_id, sprint);
    const auto result =
        co_await cronjobs_.make({.project = snapshot.project_id,
                                 .sprint = sprint,
                                 .schedule = plan.schedule,
                                 .time_zone = settings ? settings->time_zone : std::nullopt,
                                 .decision = id},
                                settings, call);
    if (std::holds_alternative<CronJobMade>(result)) {
        performed.cronjob_name = name;
        performed.actions_taken.push_back(sentence::created_cronjob(name));
        co_return;
    }
    performed.cronjob_created = false;
    if (const auto* found = std::get_if<CronJobFound>(&result)) {
        snapshot.cronjob = Known<CronJobState>{found->state};
        if (!performed.created_sprint) {
            become(performed, decide(snapshot));
        } else {
            const auto warnings = sentence::cronjob_warnings(name, found->state);
            performed.warnings.insert(performed.warnings.end(), warnings.begin(), warnings.end());
        }
        co_return;
    }
    const auto* refused = std::get_if<CronJobRefused>(&result);
    performed.reason = refused ? Reason::kCreateRefused : Reason::kCreateUnknown;
    const std::string why =
        refused ? refused->why : "outcome unknown: " + std::get<CronJobUncertain>(result).why;
    performed.actions_taken.push_back(sentence::failed_cronjob(sprint));
    performed.warnings.push_back(sentence::refused_warning(sprint, why));
}

DecisionEntry Orchestrator::entry_of(const Snapshot& snapshot, const Performed& performed,
                                     DecisionId id, const Call& call) const {
    const Stamp stamp{.decision_id = id,
                      .event_id = random_.uuid(),
                      .task_id = random_.uuid(),
                      .correlation_id = call.trace.correlation_id,
                      .at = clock_.wall()};
    const json::object record = decision_record(snapshot, performed, stamp);
    const json::object audit = decision_audit(record, snapshot, performed, stamp);
    const std::string type = "ORCHESTRATION_DECISION";
    const std::string told = json::serialize(record);

    DecisionEntry entry{.id = id, .project = snapshot.project_id, .at = stamp.at};
    entry.announcements = {
        {"stream:" + stream_name_, stamp.event_id, type, told},
        {"chronicle:/v1/notes/daily_scrum_report", stamp.event_id, type, told},
        {"chronicle:/v1/notes/decision_audit", id.str(), type, json::serialize(audit)}};
    entry.trace = call.trace;
    // A CronJob that may have been made counts: if it is there, it has this schedule, and should
    // not be told to differ from an older one.
    const bool may_exist = performed.cronjob_name || performed.reason == Reason::kCreateUnknown;
    if (may_exist && snapshot.options.schedule) {
        entry.schedule_to_remember = snapshot.options.schedule;
    }
    entry.document = explanation(snapshot, performed, id);
    entry.document["project_id"] = snapshot.project_id.str();
    entry.document["decided_at"] = format_rfc3339(stamp.at);
    entry.document["reasoning"] = performed.reasoning;
    entry.document["warnings"] = json::array(performed.warnings.begin(), performed.warnings.end());
    entry.document["actions_taken"] =
        json::array(performed.actions_taken.begin(), performed.actions_taken.end());
    return entry;
}

}  // namespace dsm::orchestrator

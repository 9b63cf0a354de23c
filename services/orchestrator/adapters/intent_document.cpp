#include "services/orchestrator/adapters/intent_document.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "services/orchestrator/adapters/service_documents.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

std::optional<std::string> text_of(const json::value& value) {
    return value.is_string() ? std::optional(std::string(value.get_string())) : std::nullopt;
}

json::array sprint_rows(const std::vector<Sprint>& sprints) {
    json::array rows;
    for (const Sprint& sprint : sprints) {
        rows.push_back({{"sprint_id", sprint.id.str()},
                        {"project_id", sprint.project_id.str()},
                        {"sprint_name", sprint.name},
                        {"start_date", sprint.start_date},
                        {"end_date", sprint.end_date},
                        {"duration_weeks", sprint.duration_weeks},
                        {"status", sprint.status}});
    }
    return rows;
}

json::object options_document(const Options& options) {
    return {{"create_sprint_if_needed", options.create_sprint_if_needed},
            {"assign_tasks", options.assign_tasks},
            {"create_cronjob", options.create_cronjob},
            {"schedule", text_or_null(options.schedule)},
            {"sprint_duration_weeks", options.sprint_duration_weeks},
            {"max_tasks_per_sprint", options.max_tasks_per_sprint}};
}

Options parse_options(const json::object& object) {
    return {.create_sprint_if_needed = object.at("create_sprint_if_needed").as_bool(),
            .assign_tasks = object.at("assign_tasks").as_bool(),
            .create_cronjob = object.at("create_cronjob").as_bool(),
            .schedule = text_of(object.at("schedule")),
            .sprint_duration_weeks = object.at("sprint_duration_weeks").to_number<int>(),
            .max_tasks_per_sprint = object.at("max_tasks_per_sprint").to_number<int>()};
}

/// Only of a snapshot that an act rests on: its services' answers are known, its CronJob absent or
/// not asked for.
json::object snapshot_document(const Snapshot& s) {
    const BacklogSummary& backlog = *value_of(s.backlog);
    json::object counts;
    for (const auto& [status, count] : backlog.status_counts) counts[status] = count;
    json::object document{{"project_id", s.project_id.str()},
                          {"today", format_date(s.today)},
                          {"options", options_document(s.options)},
                          {"project", value_of(s.project)->details},
                          {"team_size", *value_of(s.team_size)},
                          {"availability", value_of(s.availability)->body},
                          {"sprints", sprint_rows(*value_of(s.sprints))},
                          {"cronjob_absent", std::holds_alternative<Absent>(s.cronjob)},
                          {"settings", nullptr}};
    document["backlog"] = {{"total_tasks", backlog.total_tasks},
                           {"unassigned_for_sprint_count", backlog.unassigned_tasks},
                           {"status_counts", std::move(counts)}};
    if (const auto* settings = value_of(s.settings)) {
        document["settings"] = {{"schedule", text_or_null(settings->schedule)},
                                {"time_zone", text_or_null(settings->time_zone)}};
    }
    return document;
}

std::optional<Snapshot> parse_snapshot(const json::object& document) {
    auto project = parse_project(document.at("project"));
    auto availability = parse_availability(document.at("availability"));
    auto backlog = parse_backlog_summary(document.at("backlog"));
    auto sprints = parse_sprints(document.at("sprints"));
    const auto today = parse_date(std::string_view(document.at("today").as_string()));
    if (!project || !availability || !backlog || !sprints || !today) return std::nullopt;
    Snapshot s{.project_id = ProjectId(std::string(document.at("project_id").as_string())),
               .today = *today,
               .options = parse_options(document.at("options").as_object())};
    s.project = Known<Project>{std::move(*project)};
    s.team_size = Known<std::int64_t>{document.at("team_size").as_int64()};
    s.availability = Known<Availability>{std::move(*availability)};
    s.backlog = Known<BacklogSummary>{std::move(*backlog)};
    s.sprints = Known<std::vector<Sprint>>{std::move(*sprints)};
    if (document.at("cronjob_absent").as_bool()) s.cronjob = Absent{};
    s.settings = Absent{};
    if (const auto* settings = document.at("settings").if_object()) {
        s.settings = Known<ProjectSettings>{{.schedule = text_of(settings->at("schedule")),
                                             .time_zone = text_of(settings->at("time_zone"))}};
    }
    return s;
}

Undertaking parse_rest(const json::object& document, Snapshot snapshot) {
    const auto text = [&](std::string_view name) {
        return std::string(document.at(name).as_string());
    };
    const auto at = parse_rfc3339(text("at"));
    Undertaking undertaking{
        .snapshot = std::move(snapshot),
        .stamp = Stamp::of(DecisionId(text("decision_id")), text("correlation_id"),
                           at.value_or(Instant{})),
        .trace = {.correlation_id = text("correlation_id"), .traceparent = text("traceparent")},
        .explain = document.at("explain").as_bool() ? Explain::kYes : Explain::kNo,
        .intended = true};
    for (const json::value& key : document.at("keys").as_array()) {
        undertaking.keys.push_back({.scope = std::string(key.at("scope").as_string()),
                                    .key = std::string(key.at("key").as_string()),
                                    .body_digest = std::string(key.at("digest").as_string())});
    }
    return undertaking;
}

}  // namespace

std::string intent_document(const Undertaking& undertaking) {
    json::array keys;
    for (const IdempotencyKey& key : undertaking.keys) {
        keys.push_back({{"scope", key.scope}, {"key", key.key}, {"digest", key.body_digest}});
    }
    return json::serialize(json::object{{"decision_id", undertaking.stamp.decision_id.str()},
                                        {"at", format_rfc3339_micros(undertaking.stamp.at)},
                                        {"correlation_id", undertaking.stamp.correlation_id},
                                        {"traceparent", undertaking.trace.traceparent},
                                        {"explain", undertaking.explain == Explain::kYes},
                                        {"keys", std::move(keys)},
                                        {"snapshot", snapshot_document(undertaking.snapshot)}});
}

std::optional<Undertaking> parse_intent(std::string_view document) {
    try {
        const json::value parsed = json::parse(document);
        auto snapshot = parse_snapshot(parsed.at("snapshot").as_object());
        if (!snapshot) return std::nullopt;
        return parse_rest(parsed.as_object(), std::move(*snapshot));
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace dsm::orchestrator

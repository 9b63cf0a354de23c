#include "services/orchestrator/http/orchestrate_request.hpp"

#include <boost/json/serialize.hpp>

#include "libs/base/digest.hpp"
#include "libs/cron/cron.hpp"
#include "libs/http/body.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;
using http::Presence;

constexpr std::size_t kLongestSchedule = 255;
constexpr std::size_t kLongestKey = 255;

json::value sorted(const json::value& value) {
    if (const auto* array = value.if_array()) {
        json::array result;
        for (const json::value& element : *array) result.push_back(sorted(element));
        return result;
    }
    const auto* object = value.if_object();
    if (!object) return value;
    std::map<std::string_view, const json::value*> members;
    for (const auto& [name, member] : *object) members.emplace(name, &member);
    json::object result;
    for (const auto& [name, member] : members) result.emplace(name, sorted(*member));
    return result;
}

void read_options(http::ObjectReader& reader, Options& options) {
    const auto flag = [&](const char* name, bool& into) {
        if (const auto value = reader.boolean(name, Presence::kOptional)) into = *value;
    };
    const auto number = [&](const char* name, int max, int& into) {
        const auto value = reader.integer(name, Presence::kOptional, {1, max});
        if (value) into = static_cast<int>(*value);
    };
    flag("create_sprint_if_needed", options.create_sprint_if_needed);
    flag("assign_tasks", options.assign_tasks);
    flag("create_cronjob", options.create_cronjob);
    number("sprint_duration_weeks", 12, options.sprint_duration_weeks);
    number("max_tasks_per_sprint", 1000, options.max_tasks_per_sprint);
    const auto schedule =
        reader.text("schedule", Presence::kOptional, {.max_length = kLongestSchedule});
    if (!schedule) return;
    const auto parsed = cron::Schedule::parse(*schedule, cron::Macros::kRefused);
    if (parsed) {
        options.schedule = *schedule;
    } else {
        reader.reject("schedule", parsed.error().message);
    }
}

void read_command(const json::value& body, Command& command,
                  std::vector<http::FieldError>& errors) {
    http::ObjectReader reader(body, errors);
    if (auto action = reader.text("action", Presence::kOptional)) command.action = *action;
    // An absent object is the defaults; a null one is a mistake.
    if (!reader.has("options")) return;
    const json::object* object = reader.object("options", Presence::kRequired);
    if (!object) return;
    const json::value options = *object;
    http::ObjectReader inner(options, errors, reader.loc_of("options"));
    read_options(inner, command.options);
}

std::optional<IdempotencyKey> read_key(const http::Request& request, const std::string& digest,
                                       std::vector<http::FieldError>& errors) {
    const auto key = request.headers.find("Idempotency-Key");
    if (!key) return std::nullopt;
    if (key->empty() || key->size() > kLongestKey) {
        errors.push_back({.type = key->empty() ? "string_too_short" : "string_too_long",
                          .loc = {"header", "Idempotency-Key"},
                          .msg = fmt::format("String should have 1 to {} characters", kLongestKey),
                          .input = nullptr});
        return std::nullopt;
    }
    const std::string path = request.target.substr(0, request.target.find('?'));
    return IdempotencyKey{
        .scope = request.method + " " + path, .key = std::string(*key), .body_digest = digest};
}

}  // namespace

std::string canonical_text(const json::value& value) {
    return json::serialize(sorted(value));
}

std::expected<Wish, http::Response> read_wish(const http::Request& request) {
    const auto body = http::read_body(request, Presence::kOptional);
    if (!body) return std::unexpected(body.error());
    std::vector<http::FieldError> errors;
    Wish wish{.command = {.project = ProjectId(request.param("project_id"))}};
    read_command(*body, wish.command, errors);

    http::QueryReader query(request.query, errors);
    const bool explain = query.boolean("explain", Presence::kOptional).value_or(false);
    const bool dry_run = query.boolean("dry_run", Presence::kOptional).value_or(false);
    wish.command.explain = explain ? Explain::kYes : Explain::kNo;
    wish.command.acting = dry_run ? Acting::kDryRun : Acting::kForReal;

    const std::string text = canonical_text(*body);
    wish.likeness = fmt::format("{}{}{}", explain, dry_run, text);
    wish.key = read_key(request, sha256_hex(text), errors);
    if (!errors.empty()) return std::unexpected(http::validation_error(errors));
    // A dry run has no effect that a repeat could double. Kept under its key, its answer would be
    // given to the real request that follows with the same key and body, which then would do
    // nothing; answered from the key, it would tell a past deed for a plan.
    if (dry_run) wish.key.reset();
    return wish;
}

}  // namespace dsm::orchestrator

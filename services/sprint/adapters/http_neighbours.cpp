// Reads only what is needed of each answer, and refuses an answer that lacks it.
#include "services/sprint/adapters/http_neighbours.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "libs/base/identifier.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// Refusals that only make sense to who sent the request are, to our caller, a neighbour's failure.
Failure as_bad_answer(Failure failure) {
    const bool theirs =
        failure.kind == Failure::Kind::kInvalid || failure.kind == Failure::Kind::kConflict;
    if (theirs) failure.kind = Failure::Kind::kBadAnswer;
    return failure;
}

const json::value* member(const json::value& value, std::string_view key) {
    return value.is_object() ? value.get_object().if_contains(key) : nullptr;
}

std::optional<std::string> text_at(const json::value& value, std::string_view key) {
    const auto* found = member(value, key);
    if (found == nullptr || !found->is_string()) return std::nullopt;
    return std::string(found->get_string());
}

bool is_null_or_absent(const json::value& value, std::string_view key) {
    const auto* found = member(value, key);
    return found == nullptr || found->is_null();
}

std::optional<Task> read_task(const json::value& value) {
    const auto id = text_at(value, "task_id");
    const auto title = text_at(value, "title");
    const auto status = text_at(value, "status");
    const auto* progress = member(value, "progress_percentage");
    if (!id || !is_valid_id(*id) || !title || !status) return std::nullopt;
    if (progress == nullptr || !progress->is_int64()) return std::nullopt;
    const auto percentage = progress->get_int64();
    if (percentage < 0 || percentage > 100) return std::nullopt;
    return Task{*id, *title, *status, static_cast<int>(percentage), text_at(value, "assigned_to")};
}

std::expected<std::vector<std::string>, std::string> read_team(const json::value& body) {
    const auto* members = member(body, "team_members");
    if (members == nullptr || !members->is_array()) {
        return std::unexpected("its answer is no team");
    }
    std::vector<std::string> ids;
    for (const json::value& employee : members->get_array()) {
        const auto id = text_at(employee, "id");
        if (!id || !is_valid_id(*id)) return std::unexpected("a team member has no id");
        ids.push_back(*id);
    }
    return ids;
}

std::expected<std::vector<Task>, std::string> read_free_tasks(const json::value& body) {
    if (!body.is_array()) return std::unexpected("its answer is no list of tasks");
    std::vector<Task> tasks;
    for (const json::value& value : body.get_array()) {
        auto task = read_task(value);
        if (!task) return std::unexpected("a task is incomplete");
        const bool is_free =
            task->status == kTaskUnassigned && is_null_or_absent(value, "sprint_id");
        if (is_free) tasks.push_back(std::move(*task));
    }
    return tasks;
}

std::expected<std::string, std::string> read_note_id(const json::value& body) {
    for (const char* key : {"note_id", "retrospective_id"}) {
        if (const auto id = text_at(body, key); id && !id->empty()) return *id;
    }
    return std::unexpected("it did not say under which id the note is");
}

std::expected<json::value, std::string> any_json(const json::value& body) {
    return body;
}

}  // namespace

asio::awaitable<Outcome<std::vector<std::string>>> HttpProjects::team(std::string project_id,
                                                                      Call call) {
    const std::string path = "/projects/" + http::escape(project_id) + "/team-members";
    auto team = co_await client_.ask<std::vector<std::string>>({.method = "GET", .url = path},
                                                               std::move(call), read_team);
    if (!team && team.error().kind == Failure::Kind::kNotFound) {
        co_return failed(Failure::Kind::kNotFound,
                         fmt::format("Project {} not found.", project_id));
    }
    if (!team) co_return std::unexpected(as_bad_answer(std::move(team.error())));
    co_return std::move(*team);
}

asio::awaitable<Outcome<std::vector<Task>>> HttpBacklog::unassigned(std::string project_id,
                                                                    Call call) {
    const std::string path = "/backlogs/" + http::escape(project_id) + "?status=unassigned";
    auto tasks = co_await client_.ask<std::vector<Task>>({.method = "GET", .url = path},
                                                         std::move(call), read_free_tasks);
    if (!tasks) co_return std::unexpected(as_bad_answer(std::move(tasks.error())));
    co_return std::move(*tasks);
}

asio::awaitable<Outcome<void>> HttpBacklog::put(BacklogEntry entry, Call call) {
    json::object body{{"status", entry.status},
                      {"progress_percentage", entry.progress_percentage},
                      {"sprint_id", nullptr}};
    if (entry.sprint_id) body["sprint_id"] = *entry.sprint_id;
    if (entry.assigned_to) body["assigned_to"] = *entry.assigned_to;
    if (entry.updated_at) body["updated_at"] = format_rfc3339_micros(*entry.updated_at);
    auto answer = co_await client_.ask<json::value>({.method = "PUT",
                                                     .url = "/tasks/" + http::escape(entry.task_id),
                                                     .body = json::serialize(body)},
                                                    std::move(call), any_json);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    co_return Outcome<void>{};
}

asio::awaitable<Outcome<std::string>> HttpNotebook::record(std::string kind, std::string body,
                                                           std::string event_id, Call call) {
    http::ClientRequest request{
        .method = "POST", .url = "/v1/notes/" + kind, .body = std::move(body)};
    request.headers.set("Idempotency-Key", event_id);
    co_return co_await client_.ask<std::string>(std::move(request), std::move(call), read_note_id);
}

}  // namespace dsm::sprint

// The order of an import, and the questions of an export.
#include "dsm/client/importer.hpp"

#include <algorithm>
#include <map>

#include "dsm/workspace/batches.hpp"
#include "dsm/workspace/rows.hpp"
#include "libs/http/client.hpp"

namespace dsm::client {

namespace json = boost::json;
using workspace::Batch;
using workspace::Target;
using workspace::Workspace;

namespace {

enum class Mode { kCheck, kWrite };

struct Destination {
    std::string name;
    std::string url;
};

Destination destination_of(Target target, const Endpoints& endpoints) {
    switch (target) {
        case Target::kProject:
            return {"project-service", endpoints.project + "/workspace"};
        case Target::kBacklog:
            return {"backlog-service", endpoints.backlog + "/workspace"};
        case Target::kSprint:
            return {"sprint-service", endpoints.sprint + "/workspace"};
        case Target::kOrchestrator:
            return {"orchestrator", endpoints.orchestrator + "/workspace/cronjobs"};
    }
    return {};
}

ErrorCode code_of(int status) {
    if (status == 409) return ErrorCode::kConflict;
    if (status == 403) return ErrorCode::kForbidden;
    if (status == 404) return ErrorCode::kNotFound;
    return status == 422 ? ErrorCode::kConflict : ErrorCode::kUnavailable;
}

Result<ImportCount> send(Api& api, const Endpoints& endpoints, const Batch& batch, Mode mode) {
    auto destination = destination_of(batch.target, endpoints);
    if (mode == Mode::kCheck) destination.url += "?dry_run=true";
    auto reply = api.post(destination.url, batch.body);
    if (!reply) {
        return fail(reply.error().code,
                    fmt::format("{} did not answer: {}", destination.name, reply.error().message));
    }
    if (!reply->ok()) {
        return fail(code_of(reply->status),
                    fmt::format("{} refused it: {}", destination.name, reply->reason()));
    }
    return count_of(reply->body);
}

/// Counts at `key`: a number as it is, a list by its length.
std::size_t count_at(const json::value& answer, std::string_view key) {
    const auto* object = answer.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains(key);
    if (value == nullptr) return 0;
    if (const auto* list = value->if_array()) return list->size();
    boost::system::error_code wrong;
    const auto number = value->to_number<std::size_t>(wrong);
    return wrong ? 0 : number;
}

/// sprint-service takes its sprints and its view of tasks that backlog-service counted already:
/// written apart, so that its count of the sprints stands alone.
std::vector<Batch> written_as(const Batch& batch) {
    const auto* tasks = batch.body.if_contains("tasks");
    if (batch.target != Target::kSprint || tasks == nullptr || batch.body.size() == 1) {
        return {batch};
    }
    Batch sprints = batch;
    sprints.body.erase("tasks");
    return {std::move(sprints), {batch.target, {{"tasks", *tasks}}}};
}

bool counts(const Batch& batch) {
    return batch.target != Target::kSprint || !batch.body.contains("tasks");
}

/// A service checks references against what it holds and what the request brings: only a request
/// that refers to nothing in an earlier one can be checked before that is written.
bool can_be_checked(const std::vector<Batch>& batches, std::size_t index) {
    const auto& batch = batches[index];
    if (batch.target == Target::kOrchestrator) return false;
    if (index == 0 || batches[index - 1].target != batch.target) return true;
    return batch.target == Target::kSprint && !batch.body.contains("tasks");
}

/// The rows that `body` holds of `table`, each with exactly the contract's keys.
Result<json::array> rows_in(const json::object& body, const workspace::Table& table,
                            const std::string& name) {
    if (!body.contains(table.name)) {
        return fail(ErrorCode::kUnavailable, fmt::format("{} gave no {}", name, table.name));
    }
    workspace::Errors errors;
    auto rows = workspace::read_rows(body, table, errors);
    if (!errors.empty()) {
        return fail(ErrorCode::kUnavailable, fmt::format("{} gave {}", name, errors.front()));
    }
    json::array values;
    values.reserve(rows.size());
    for (auto& row : rows) values.push_back(std::move(row.value));
    return values;
}

Result<json::object> get_object(Api& api, const std::string& name, const std::string& url) {
    auto reply = api.get(url);
    if (!reply) {
        return fail(reply.error().code,
                    fmt::format("{} did not answer: {}", name, reply.error().message));
    }
    if (!reply->ok() || !reply->body.is_object()) {
        return fail(code_of(reply->status), fmt::format("{}: {}", name, reply->reason()));
    }
    return std::move(reply->body.get_object());
}

bool has_name(const json::object& object, std::string_view wanted) {
    const auto* name = object.if_contains("name");
    return name != nullptr && name->is_string() && std::string_view(name->get_string()) == wanted;
}

/// The CronJobs of active sprints that the cluster has, by asking the orchestrator a project.
Result<std::vector<std::string>> present_cronjobs(Api& api, const Endpoints& endpoints,
                                                  const json::array& sprints,
                                                  const workspace::CronJobNaming& naming) {
    std::vector<std::string> names;
    for (const auto& sprint : sprints) {
        const auto& row = sprint.as_object();
        if (workspace::text_of(row, "status") != "in_progress") continue;
        const auto project = workspace::text_of(row, "project_id");
        auto status = get_object(api, "orchestrator",
                                 fmt::format("{}/orchestrate/project/{}/status",
                                             endpoints.orchestrator, http::escape(project)));
        if (!status) return std::unexpected(status.error());
        const auto* state = status->if_contains("cronjobs_state");
        if (state != nullptr && *state == "unknown") {
            return fail(ErrorCode::kUnavailable, "the cluster did not say which CronJobs exist");
        }
        const auto wanted = naming(project, workspace::text_of(row, "sprint_id"));
        const auto* list = status->if_contains("cronjobs");
        if (list == nullptr || !list->is_array()) continue;
        for (const auto& cronjob : list->get_array()) {
            if (cronjob.is_object() && has_name(cronjob.get_object(), wanted)) {
                names.push_back(wanted);
            }
        }
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

ImportCount count_of(const json::value& answer) {
    return {.added = count_at(answer, "imported") + count_at(answer, "created"),
            .kept = count_at(answer, "kept") + count_at(answer, "existing")};
}

std::string to_text(const ImportCount& count) {
    auto text = fmt::format("{} new", count.added);
    if (count.kept != 0) text += fmt::format(", {} kept as they were", count.kept);
    return text;
}

Result<ImportCount> import_workspace(Api& api, const Endpoints& endpoints,
                                     const Workspace& workspace) {
    const auto batches = workspace::batches_of(workspace);
    for (std::size_t i = 0; i < batches.size(); ++i) {
        if (!can_be_checked(batches, i)) continue;
        auto checked = send(api, endpoints, batches[i], Mode::kCheck);
        if (!checked) return checked;
    }
    ImportCount total;
    for (const auto& batch : batches) {
        for (const auto& part : written_as(batch)) {
            auto written = send(api, endpoints, part, Mode::kWrite);
            if (!written) return written;
            if (!counts(part)) continue;
            total.added += written->added;
            total.kept += written->kept;
        }
    }
    return total;
}

Result<Workspace> export_workspace(Api& api, const Endpoints& endpoints,
                                   const workspace::CronJobNaming& naming) {
    struct Part {
        Target target;
        const workspace::Table& table;
        json::array Workspace::* rows;
    };
    const Part parts[] = {
        {Target::kProject, workspace::projects_table(), &Workspace::projects},
        {Target::kProject, workspace::employees_table(), &Workspace::employees},
        {Target::kProject, workspace::holidays_table(), &Workspace::holidays},
        {Target::kProject, workspace::pto_table(), &Workspace::pto},
        {Target::kBacklog, workspace::tasks_table(), &Workspace::tasks},
        {Target::kSprint, workspace::sprints_table(), &Workspace::sprints},
    };
    Workspace workspace;
    std::map<Target, json::object> bodies;
    for (const auto& part : parts) {
        const auto [name, url] = destination_of(part.target, endpoints);
        if (!bodies.contains(part.target)) {
            auto body = get_object(api, name, url);
            if (!body) return std::unexpected(body.error());
            bodies[part.target] = std::move(*body);
        }
        auto rows = rows_in(bodies[part.target], part.table, name);
        if (!rows) return std::unexpected(rows.error());
        workspace.*part.rows = std::move(*rows);
    }
    auto names = present_cronjobs(api, endpoints, workspace.sprints, naming);
    if (!names) return std::unexpected(names.error());
    workspace.cronjobs = std::move(*names);
    return workspace;
}

}  // namespace dsm::client

#include "tests/chaos/cell.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dsm::chaos {
namespace {

/// Where the first hit without a subject is not what the story is about.
struct Way {
    const char* point;
    const char* subject;  ///< empty: any
    std::vector<int> hits;
};

const std::vector<Way>& ways() {
    static const std::vector<Way> kWays{
        {"orchestrate.accepted", "", {1, 2, 3}},
        {"orchestrate.reads_done", "", {1, 2, 3}},
        {"orchestrate.intended", "", {1, 2}},
        {"orchestrate.acted", "", {1, 2, 3}},
        {"orchestrate.recorded", "", {1, 2, 3}},
        {"http.client.before", "POST /sprints", {1}},
        {"http.client.before", "POST /apis", {1, 2, 3}},
        {"http.client.before", "POST /v1", {1, 2, 3}},
        {"http.client.sent", "POST /sprints", {1}},
        {"http.client.sent", "POST /apis", {1, 2, 3}},
        {"http.client.sent", "POST /v1", {1, 2, 3}},
        {"http.client.answered", "POST /sprints", {1}},
        {"http.client.answered", "POST /apis", {1, 2, 3}},
        {"http.client.answered", "POST /v1", {1, 2, 3}},
        {"http.server.accepted", "POST /orchestrate", {1, 2}},
        {"http.server.accepted", "POST /sprints", {1}},
        {"http.server.reply.before", "/orchestrate/project/{project_id}", {1, 2, 3}},
        {"http.server.reply.before", "/sprints/{project_id}", {1}},
        {"http.server.reply.half", "/orchestrate/project/{project_id}", {1, 2}},
        {"http.server.reply.half", "/sprints/{project_id}", {1}},
        {"sql.commit.before", "project-orchestrator", {1, 2, 3, 4, 5, 6}},
        {"sql.commit.after", "project-orchestrator", {1, 2, 3, 4, 5, 6}},
        {"sql.commit.before", "sprint-service", {1, 2}},
        {"sql.commit.after", "sprint-service", {1, 2}},
        {"sql.commit.before", "chronicle-service", {1, 2}},
        {"sql.commit.after", "chronicle-service", {1, 2}},
        {"sql.commit.after", "backlog-service", {1}},
        {"redis.before", "XADD", {1, 2, 3}},
        {"redis.sent", "XADD", {1, 2, 3}},
        {"redis.answered", "XADD", {1, 2, 3}},
        {"redis.sent", "XACK", {1}},
        {"consumer.handled", "backlog_service_group", {1}},
        {"consumer.handled", "project-service-group", {1}},
        {"consumer.handled", "chronicle-service-group", {1}},
        {"consumer.acknowledged", "backlog_service_group", {1}},
        {"outbox.delivered", "stream:orchestration_events", {1, 2}},
        {"outbox.delivered", "chronicle:/v1/notes/decision_audit", {1, 2}},
        {"outbox.delivered", "stream:dsm:events", {1}},
        {"outbox.mark.before", "stream:orchestration_events", {1}},
        {"outbox.mark.before", "chronicle:/v1/notes/daily_scrum_report", {1}},
        {"outbox.mark.before", "stream:dsm:events", {1}},
        {"outbox.mark.after", "stream:orchestration_events", {1}},
    };
    return kWays;
}

Cell killed(const std::string& point, const std::string& subject, int hit) {
    const std::string where = subject.empty() ? point : fmt::format("{}[{}]", point, subject);
    return {.point = point, .arms = {fmt::format("{}=kill@{}", where, hit)}};
}

/// What needs a kill before it: the recovery itself, and a start on nothing.
std::vector<Cell> special_cells(const std::string& point) {
    if (point == "settle.begun") {
        return {{.point = point, .arms = {"orchestrate.intended=kill", "settle.begun=kill"}},
                {.point = point,
                 .arms = {"orchestrate.between_sprint_and_cronjob=kill",
                          "settle.begun=kill;http.client.sent[POST /apis]=kill"}}};
    }
    if (point == "settle.record_is_lost") {
        // The second act is a heal without a key: its CronJob alone tells of it.
        return {
            {.point = point, .arms = {"orchestrate.acted=kill@2", "settle.record_is_lost=kill"}}};
    }
    if (point == "sql.migration.step") {
        return {{.point = point, .arms = {"sql.migration.step=kill@1"}, .from_empty = true},
                {.point = point, .arms = {"sql.migration.step=kill@6"}, .from_empty = true}};
    }
    if (point == "sql.commit.after") {
        return {{.point = point, .arms = {"sql.commit.after[project-orchestrator]=lost-reply@2"}}};
    }
    if (point == "outbox.delivered") {
        return {{.point = point,
                 .arms = {"", "outbox.delivered[stream:orchestration_events]=kill"},
                 .backlog = true}};
    }
    if (point == "http.client.answered") {
        return {{.point = point, .arms = {"http.client.answered[POST /sprints]=lost-reply"}},
                {.point = point, .arms = {"http.client.answered[POST /apis]=lost-reply"}}};
    }
    if (point == "http.client.sent") {
        return {{.point = point,
                 .arms = {"http.client.sent[POST /sprints]=delay:400"},
                 .term = Term::kOnceTheSprintIs},
                {.point = point,
                 .arms = {"http.client.sent[POST /apis]=delay:400"},
                 .term = Term::kOnceTheCronJobIs}};
    }
    return {};
}

}  // namespace

std::vector<Cell> cells_of(const std::vector<std::string>& points) {
    std::vector<Cell> cells;
    for (const std::string& point : points) {
        const std::size_t before = cells.size();
        for (const Way& way : ways()) {
            if (point != way.point) continue;
            for (const int hit : way.hits) cells.push_back(killed(point, way.subject, hit));
        }
        for (Cell& cell : special_cells(point)) cells.push_back(std::move(cell));
        if (cells.size() == before) cells.push_back(killed(point, "", 1));
    }
    return cells;
}

std::string name_of(const Cell& cell) {
    return fmt::format("{}{}{}", fmt::join(cell.arms, " then "),
                       cell.backlog ? ", two rows in the batch" : "",
                       cell.term != Term::kNone ? ", SIGTERM then SIGKILL in flight" : "");
}

}  // namespace dsm::chaos

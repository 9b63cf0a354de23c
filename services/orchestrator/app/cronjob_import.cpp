#include "services/orchestrator/app/cronjob_import.hpp"

#include <map>

#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;

CronJobImport::CronJobImport(SprintDirectory& sprints, CronJobKeeper& cronjobs,
                             DecisionStore& store)
    : sprints_(sprints), cronjobs_(cronjobs), store_(store) {}

asio::awaitable<Outcome<ImportedCronJobs>> CronJobImport::run(std::vector<std::string> names,
                                                              Call call) {
    ImportedCronJobs result;
    std::map<std::string, std::optional<Sprint>> wanted;
    for (const std::string& name : names) wanted.emplace(name, std::nullopt);
    std::string after;
    do {
        auto page = co_await sprints_.active(after, call);
        if (!page) co_return std::unexpected(page.error());
        for (const Sprint& sprint : page->sprints) {
            const auto found = wanted.find(cronjob_name(sprint.project_id, sprint.id));
            if (found != wanted.end()) found->second = sprint;
        }
        after = page->next;
    } while (!after.empty());
    for (const auto& [name, sprint] : wanted) {
        if (!sprint) co_return failed(422, "No active sprint has the CronJob " + name + ".");
    }

    for (const auto& [name, sprint] : wanted) {
        const auto settings = co_await store_.settings(sprint->project_id);
        if (!settings) co_return database_failed(settings.error());
        const ProjectSettings* remembered = *settings ? &**settings : nullptr;
        const CronJobRequest request{
            .project = sprint->project_id,
            .sprint = sprint->id,
            .schedule = schedule_expected(remembered),
            .time_zone = remembered ? remembered->time_zone : std::nullopt};
        const auto made = co_await cronjobs_.make(request, remembered, call);
        if (const auto* refused = std::get_if<CronJobRefused>(&made)) {
            co_return failed(502, sentence::refused_warning(sprint->id, refused->why));
        }
        if (const auto* uncertain = std::get_if<CronJobUncertain>(&made)) {
            co_return failed(
                503, sentence::refused_warning(sprint->id, "outcome unknown: " + uncertain->why));
        }
        const bool created = std::holds_alternative<CronJobMade>(made);
        (created ? result.created : result.existing).push_back(name);
    }
    co_return result;
}

}  // namespace dsm::orchestrator

#include "services/orchestrator/app/recovery.hpp"

#include <map>

#include "libs/rt/task_scope.hpp"
#include "services/orchestrator/core/imprint.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kIntentsAtOnce = 100;
constexpr const char* kOurs = "app.kubernetes.io/managed-by=dsm";

}  // namespace

Recovery::Recovery(DecisionStore& decisions, IntentStore& intents, CronJobs& cronjobs,
                   Settle settle, RecoverySettings settings, const rt::Clock& clock)
    : decisions_(decisions),
      intents_(intents),
      cronjobs_(cronjobs),
      settle_(std::move(settle)),
      settings_(settings),
      clock_(clock) {}

Call Recovery::call() const {
    return {.trace = {}, .deadline = rt::Deadline::after(clock_, settings_.settle_within)};
}

asio::awaitable<void> Recovery::run() {
    rt::Steady scan_at = clock_.steady();
    while (true) {
        const bool settled = co_await look();
        bool scanned = true;
        if (clock_.steady() >= scan_at) {
            scanned = co_await scan();
            if (scanned) scan_at = clock_.steady() + settings_.scan_every;
        }
        const auto pause = settled && scanned ? settings_.look_every : settings_.retry_every;
        const bool waited = co_await rt::sleep_for(pause);
        if (!waited) co_return;
    }
}

/// True when nothing is left open.
asio::awaitable<bool> Recovery::look() {
    const auto open = co_await intents_.all_open(std::nullopt, kIntentsAtOnce);
    if (!open) co_return false;
    std::set<ProjectId> projects;
    for (const Undertaking& undertaking : *open) projects.insert(undertaking.snapshot.project_id);
    co_return co_await settle_all(std::move(projects));
}

/// A page at a time, so that a namespace of any size costs one page of memory.
asio::awaitable<bool> Recovery::scan() {
    std::string next;
    bool all = true;
    do {
        auto outcome = co_await cronjobs_.page(kOurs, next, call());
        auto* page = std::get_if<kube::ListedPage>(&outcome);
        if (!page) co_return false;
        auto projects = co_await without_record(std::move(page->items));
        if (!projects) co_return false;
        const bool settled = co_await settle_all(std::move(*projects));
        all = all && settled;
        if (page->next == next && !next.empty()) co_return false;
        next = std::move(page->next);
    } while (!next.empty());
    co_return all;
}

asio::awaitable<Result<std::set<ProjectId>>> Recovery::without_record(
    std::vector<boost::json::object> cronjobs) {
    std::map<DecisionId, ProjectId> owners;
    std::vector<DecisionId> ids;
    for (const auto& object : cronjobs) {
        const auto lost = lost_decision(object);
        if (!lost) continue;
        ids.push_back(lost->stamp.decision_id);
        owners.emplace(lost->stamp.decision_id, lost->snapshot.project_id);
    }
    auto unrecorded = co_await decisions_.unrecorded(std::move(ids));
    if (!unrecorded) co_return std::unexpected(unrecorded.error());
    std::set<ProjectId> projects;
    for (const DecisionId& id : *unrecorded) projects.insert(owners.at(id));
    co_return projects;
}

/// One that cannot be settled holds no other up.
asio::awaitable<bool> Recovery::settle_all(std::set<ProjectId> projects) {
    bool all = true;
    for (const ProjectId& project : projects) {
        const auto settled = co_await settle_(project, call());
        if (!settled) all = false;
    }
    co_return all;
}

}  // namespace dsm::orchestrator

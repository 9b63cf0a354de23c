#include "services/orchestrator/app/recovery.hpp"

#include <algorithm>

#include "libs/rt/task_scope.hpp"
#include "services/orchestrator/core/imprint.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kProjectsAtOnce = 100;
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

Call Recovery::call(std::chrono::milliseconds limit) const {
    return {.trace = {}, .deadline = rt::Deadline::after(clock_, limit)};
}

asio::awaitable<void> Recovery::run() {
    scan_.at = clock_.steady();
    while (true) {
        co_await look();
        if (clock_.steady() >= scan_.at) {
            const bool scanned = co_await scan();
            if (scanned) {
                scan_ = {.at = clock_.steady() + settings_.scan_every};
            } else {
                put_off(scan_);
            }
        }
        const bool waited = co_await rt::sleep_for(until_next_look());
        if (!waited) co_return;
    }
}

void Recovery::put_off(Retry& retry) const {
    retry.pause = std::clamp(retry.pause * 2, settings_.retry_first, settings_.retry_last);
    retry.at = clock_.steady() + retry.pause;
}

std::chrono::milliseconds Recovery::until_next_look() const {
    rt::Steady next = std::min(clock_.steady() + settings_.look_every, scan_.at);
    for (const auto& [project, retry] : retries_) next = std::min(next, retry.at);
    return rt::Deadline{next}.left(clock_) + std::chrono::milliseconds(1);
}

/// All of them, a page at a time. What cannot be listed is listed at the next look.
asio::awaitable<void> Recovery::look() {
    std::set<ProjectId> seen;
    ProjectId after;
    std::size_t listed = kProjectsAtOnce;
    while (listed == kProjectsAtOnce) {
        auto open = co_await intents_.projects(after, kProjectsAtOnce);
        if (!open) co_return;
        listed = open->size();
        if (listed == 0) break;
        after = open->back();
        seen.insert(open->begin(), open->end());
        co_await settle_open(std::move(*open));
    }
    std::erase_if(retries_, [&](const auto& retry) { return !seen.contains(retry.first); });
}

/// One that cannot be settled holds no other up.
asio::awaitable<void> Recovery::settle_open(std::vector<ProjectId> projects) {
    for (const ProjectId& project : projects) {
        const auto waiting = retries_.find(project);
        if (waiting != retries_.end() && clock_.steady() < waiting->second.at) continue;
        const auto settled = co_await settle_(project, call(settings_.turn_within));
        if (settled) {
            retries_.erase(project);
        } else {
            put_off(retries_[project]);
        }
    }
}

/// A page at a time, so that a namespace of any size costs one page of memory.
asio::awaitable<bool> Recovery::scan() {
    std::string next;
    bool all = true;
    do {
        auto outcome = co_await cronjobs_.page(kOurs, next, call(settings_.call_timeout));
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
        const auto settled = co_await settle_(project, call(settings_.turn_within));
        if (!settled) all = false;
    }
    co_return all;
}

}  // namespace dsm::orchestrator

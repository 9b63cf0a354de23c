// The order of steps in `sync` is that of the real controller; each can end it.
#include "cluster/controllers/cronjob_controller.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dsm::cluster {

namespace {

constexpr std::chrono::milliseconds kAfterFire{100};
constexpr std::chrono::milliseconds kFirstRetry{5};
constexpr int kMostDoublings = 14;

WriteOptions as_controller(const Registry& registry, std::string_view subresource = "") {
    return {.writer = {"kube-controller-manager", std::string(subresource), registry.now()}};
}

std::string spec_of_schedule(const json::value& cronjob) {
    return fmt::format("{}\n{}", text_at(cronjob, {"spec", "schedule"}),
                       text_at(cronjob, {"spec", "timeZone"}));
}

std::optional<std::chrono::seconds> starting_deadline(const json::value& cronjob) {
    const auto* value = find_at(cronjob, {"spec", "startingDeadlineSeconds"});
    if (!value || !value->is_number()) return std::nullopt;
    return std::chrono::seconds(value->to_number<std::int64_t>());
}

std::string rfc1123(Instant instant) {
    std::string text = format_http_date(instant);
    if (text.ends_with("GMT")) text.replace(text.size() - 3, 3, "UTC");
    return text;
}

}  // namespace

struct CronJobController::Sync {
    std::string key;
    json::value cronjob;
    std::vector<json::value> jobs;
    Instant now;
    json::array active;
    bool changed = false;

    bool is_active(std::string_view uid) const {
        return std::ranges::any_of(
            active, [&](const json::value& entry) { return text_at(entry, {"uid"}) == uid; });
    }
    void forget_active(std::string_view uid) {
        json::array kept;
        for (const json::value& entry : active) {
            if (text_at(entry, {"uid"}) != uid) kept.push_back(entry);
        }
        changed = changed || kept.size() != active.size();
        active = std::move(kept);
    }
    json::object& status() { return object_at(cronjob, {"status"}); }
    Place job_place(const ResourceType& type, std::string_view name) const {
        return {type, std::string(text_at(cronjob, {"metadata", "namespace"})), std::string(name),
                ""};
    }
};

CronJobController::CronJobController(Registry& registry)
    : registry_(registry),
      events_(registry, "cronjob-controller"),
      cronjob_type_(*find_resource("batch", "v1", "cronjobs")),
      job_type_(*find_resource("batch", "v1", "jobs")),
      cronjobs_(registry.store(), cronjob_type_.storage),
      jobs_(registry.store(), job_type_.storage) {}

void CronJobController::wake_at(const std::string& key, Instant at) {
    if (const auto known = wakes_.find(key); known != wakes_.end()) {
        queue_.erase({known->second, key});
    }
    wakes_[key] = at;
    queue_.insert({at, key});
}

/// Turns what changed into wakes.
void CronJobController::look() {
    const Instant now = registry_.now();
    for (const Seen& seen : cronjobs_.poll()) {
        if (!seen.after) {
            if (const auto known = wakes_.find(seen.key); known != wakes_.end()) {
                queue_.erase({known->second, seen.key});
                wakes_.erase(known);
            }
            failures_.erase(seen.key);
            continue;
        }
        Instant at = now;
        // A new schedule counts from now: the runs it would have had are not missed ones.
        if (seen.before && spec_of_schedule(*seen.before) != spec_of_schedule(*seen.after)) {
            const auto zone_name = text_at(*seen.after, {"spec", "timeZone"});
            const auto zone = zone_name.empty() ? cron::Zone::utc() : cron::Zone::find(zone_name);
            const auto schedule = cron::Schedule::parse(text_at(*seen.after, {"spec", "schedule"}));
            const auto next = zone && schedule ? schedule->next(now, *zone) : std::nullopt;
            if (next) at = *next + kAfterFire;
        }
        wake_at(seen.key, at);
    }
    for (const Seen& seen : jobs_.poll()) {
        for (const Object& job : {seen.before, seen.after}) {
            const json::value* owner = job ? controller_of(*job) : nullptr;
            if (!owner || text_at(*owner, {"kind"}) != "CronJob") continue;
            const std::string key = fmt::format("/{}/{}", text_at(*job, {"metadata", "namespace"}),
                                                text_at(*owner, {"name"}));
            if (job == seen.after) {
                owned_[key].insert(seen.key);
            } else {
                owned_[key].erase(seen.key);
            }
            if (wakes_.contains(key)) wake_at(key, now);
        }
    }
}

std::optional<std::chrono::milliseconds> CronJobController::turn() {
    look();
    while (!queue_.empty() && queue_.begin()->first <= registry_.now()) {
        const std::string key = queue_.begin()->second;
        queue_.erase(queue_.begin());
        wakes_[key] = Instant::max();  // known, without a wake
        sync(key);
        look();
    }
    if (queue_.empty()) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(queue_.begin()->first - registry_.now());
}

std::vector<json::value> CronJobController::jobs_of(const std::string& key) const {
    std::vector<json::value> jobs;
    const auto owned = owned_.find(key);
    if (owned == owned_.end()) return jobs;
    for (const std::string& job_key : owned->second) {
        if (const auto record = registry_.store().find(job_type_.storage, job_key)) {
            jobs.push_back(*record->object);
        }
    }
    return jobs;
}

std::optional<Instant> CronJobController::retry(const std::string& key) {
    const int failed = std::min(failures_[key]++, kMostDoublings);
    return registry_.now() + kFirstRetry * (1 << failed);
}

void CronJobController::sync(const std::string& key) {
    const auto record = registry_.store().find(cronjob_type_.storage, key);
    if (!record) return;
    Sync sync{key, *record->object, jobs_of(key), registry_.now(), {}, false};
    sync.active = array_at(sync.cronjob, {"status", "active"});
    keep_history(sync);
    reconcile_active(sync);
    drop_missing(sync);
    const int failed_before = failures_[key];
    const auto again = start_due_run(sync);
    if (failures_[key] == failed_before) failures_.erase(key);
    write_status(sync);
    if (again) wake_at(key, *again);
}

void CronJobController::reconcile_active(Sync& sync) {
    for (const json::value& job : sync.jobs) {
        const auto uid = text_at(job, {"metadata", "uid"});
        const auto name = text_at(job, {"metadata", "name"});
        const bool active = sync.is_active(uid);
        if (!is_finished(job)) {
            if (!active) {
                events_.record(
                    sync.cronjob, EventType::kWarning, "UnexpectedJob",
                    fmt::format("Saw a job that the controller did not create or forgot: {}",
                                name));
            }
            continue;
        }
        const bool complete = has_condition(job, "Complete");
        if (active) {
            sync.forget_active(uid);
            events_.record(sync.cronjob, EventType::kNormal, "SawCompletedJob",
                           fmt::format("Saw completed job: {}, condition: {}", name,
                                       complete ? "Complete" : "Failed"));
        }
        const auto done = text_at(job, {"status", "completionTime"});
        if (complete && done > text_at(sync.cronjob, {"status", "lastSuccessfulTime"})) {
            sync.status()["lastSuccessfulTime"] = done;
            sync.changed = true;
        }
    }
}

void CronJobController::drop_missing(Sync& sync) {
    const json::array before = sync.active;
    for (const json::value& entry : before) {
        const auto uid = text_at(entry, {"uid"});
        const bool there = std::ranges::any_of(sync.jobs, [&](const json::value& job) {
            return text_at(job, {"metadata", "uid"}) == uid;
        });
        if (there || !sync.is_active(uid)) continue;
        events_.record(sync.cronjob, EventType::kNormal, "MissingJob",
                       fmt::format("Active job went missing: {}", text_at(entry, {"name"})));
        sync.forget_active(uid);
    }
}

/// When to look again; nullopt: at the next change.
std::optional<Instant> CronJobController::start_due_run(Sync& sync) {
    const json::value& cronjob = sync.cronjob;
    if (is_being_deleted(cronjob)) return std::nullopt;
    const auto zone_name = text_at(cronjob, {"spec", "timeZone"});
    const auto zone = zone_name.empty() ? cron::Zone::utc() : cron::Zone::find(zone_name);
    if (!zone) {
        events_.record(
            cronjob, EventType::kWarning, "UnknownTimeZone",
            fmt::format("invalid timeZone: \"{}\": unknown time zone {}", zone_name, zone_name));
        return std::nullopt;
    }
    if (is_true_at(cronjob, {"spec", "suspend"})) return std::nullopt;
    const auto text = text_at(cronjob, {"spec", "schedule"});
    const auto schedule = cron::Schedule::parse(text);
    if (!schedule) {
        events_.record(
            cronjob, EventType::kWarning, "UnparseableSchedule",
            fmt::format("unparseable schedule: \"{}\" : {}", text, schedule.error().message));
        return std::nullopt;
    }
    auto since = parse_rfc3339(text_at(cronjob, {"status", "lastScheduleTime"}));
    if (!since) since = parse_rfc3339(text_at(cronjob, {"metadata", "creationTimestamp"}));
    const auto deadline = starting_deadline(cronjob);
    const auto due = due_run(*schedule, *zone, since.value_or(sync.now), sync.now, deadline);
    if (!due) {
        events_.record(cronjob, EventType::kWarning, "InvalidSchedule",
                       fmt::format("invalid schedule: {} : {}", text, due.error().message));
        return std::nullopt;
    }
    if (due->too_many) {
        events_.record(cronjob, EventType::kWarning, "TooManyMissedTimes",
                       "too many missed start times. Set or decrease "
                       ".spec.startingDeadlineSeconds or check clock skew");
    }
    auto next = schedule->next(due->base, *zone);
    if (next) next = *next + kAfterFire;
    if (!due->scheduled) return next;
    const Instant scheduled = *due->scheduled;
    if (deadline && scheduled + *deadline < sync.now) {
        events_.record(cronjob, EventType::kWarning, "MissSchedule",
                       "Missed scheduled time to start a job: " + rfc1123(scheduled));
        return next;
    }
    const std::string name = job_name(text_at(cronjob, {"metadata", "name"}), scheduled);
    const bool started = std::ranges::any_of(
        sync.active, [&](const json::value& entry) { return text_at(entry, {"name"}) == name; });
    if (started || parse_rfc3339(text_at(cronjob, {"status", "lastScheduleTime"})) == scheduled) {
        return next;
    }
    return start(sync, scheduled, next);
}

std::optional<Instant> CronJobController::start(Sync& sync, Instant scheduled,
                                                std::optional<Instant> next) {
    const auto concurrency = text_at(sync.cronjob, {"spec", "concurrencyPolicy"});
    if (concurrency == "Forbid" && !sync.active.empty()) {
        events_.record(sync.cronjob, EventType::kNormal, "JobAlreadyActive",
                       "Not starting job because prior execution is running and concurrency "
                       "policy is Forbid");
        return next;
    }
    if (concurrency == "Replace" && !replace_active(sync)) return retry(sync.key);

    json::value job = job_of(sync.cronjob, scheduled);
    const std::string name(text_at(job, {"metadata", "name"}));
    const Place place = sync.job_place(job_type_, name);
    auto made = registry_.create({job_type_, place.name_space, "", ""}, std::move(job),
                                 as_controller(registry_));
    json::value started;
    if (made) {
        started = std::move(made->object);
        events_.record(sync.cronjob, EventType::kNormal, "SuccessfulCreate", "Created job " + name);
    } else if (made.error().reason == "AlreadyExists") {
        const auto there = registry_.read(place);
        const json::value* owner = there ? controller_of(*there) : nullptr;
        const bool ours =
            owner && text_at(*owner, {"uid"}) == text_at(sync.cronjob, {"metadata", "uid"});
        if (!ours || is_finished(*there)) return next;
        started = *there;
    } else {
        events_.record(sync.cronjob, EventType::kWarning, "FailedCreate",
                       "Error creating job: " + made.error().message);
        return retry(sync.key);
    }
    owned_[sync.key].insert(place.key());
    sync.active.push_back({{"kind", "Job"},
                           {"namespace", place.name_space},
                           {"name", name},
                           {"uid", text_at(started, {"metadata", "uid"})},
                           {"apiVersion", "batch/v1"},
                           {"resourceVersion", text_at(started, {"metadata", "resourceVersion"})}});
    sync.status()["lastScheduleTime"] = format_rfc3339(scheduled);
    sync.changed = true;
    return next;
}

bool CronJobController::replace_active(Sync& sync) {
    const json::array before = sync.active;
    for (const json::value& entry : before) {
        const auto name = text_at(entry, {"name"});
        const auto removed =
            registry_.remove(sync.job_place(job_type_, name), {.policy = "Background"});
        if (!removed && removed.error().code != 404) {
            events_.record(sync.cronjob, EventType::kWarning, "FailedDelete",
                           "Deleted job: " + removed.error().message);
            return false;
        }
        sync.forget_active(text_at(entry, {"uid"}));
        events_.record(sync.cronjob, EventType::kNormal, "SuccessfulDelete",
                       fmt::format("Deleted job {}", name));
    }
    return true;
}

void CronJobController::keep_history(Sync& sync) {
    trim(sync, "Complete", "successfulJobsHistoryLimit");
    trim(sync, "Failed", "failedJobsHistoryLimit");
}

void CronJobController::trim(Sync& sync, std::string_view condition, std::string_view limit) {
    const json::value* keep = find_at(sync.cronjob, {"spec", limit});
    if (!keep || !keep->is_number()) return;
    std::vector<std::pair<std::string, std::string>> finished;  // start, name
    for (const json::value& job : sync.jobs) {
        if (!has_condition(job, condition) || is_being_deleted(job)) continue;
        finished.emplace_back(text_at(job, {"status", "startTime"}),
                              text_at(job, {"metadata", "name"}));
    }
    std::ranges::sort(finished);
    const auto kept = static_cast<std::size_t>(keep->to_number<std::int64_t>());
    for (std::size_t i = 0; i + kept < finished.size(); ++i) {
        const std::string& name = finished[i].second;
        const auto removed =
            registry_.remove(sync.job_place(job_type_, name), {.policy = "Background"});
        if (!removed) continue;
        events_.record(sync.cronjob, EventType::kNormal, "SuccessfulDelete", "Deleted job " + name);
        const auto gone = std::ranges::find_if(sync.jobs, [&](const json::value& job) {
            return text_at(job, {"metadata", "name"}) == name;
        });
        if (gone == sync.jobs.end()) continue;
        sync.forget_active(text_at(*gone, {"metadata", "uid"}));
        sync.jobs.erase(gone);
    }
}

void CronJobController::write_status(Sync& sync) {
    if (!sync.changed) return;
    if (sync.active.empty()) {
        sync.status().erase("active");
    } else {
        sync.status()["active"] = sync.active;
    }
    const Place place{cronjob_type_, std::string(text_at(sync.cronjob, {"metadata", "namespace"})),
                      std::string(text_at(sync.cronjob, {"metadata", "name"})), "status"};
    // A refusal means that the CronJob changed or went: its change wakes the next look.
    (void)registry_.replace(place, sync.cronjob, as_controller(registry_, "status"));
}

}  // namespace dsm::cluster

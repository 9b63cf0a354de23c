// One Job at a time: collect ended processes, judge, start more.
#include "cluster/controllers/job_controller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cluster/controllers/pod_outputs.hpp"

namespace dsm::cluster {

namespace {

/// How long an ended process may stay unnoticed.
constexpr std::chrono::milliseconds kPollProcesses{50};
constexpr std::chrono::milliseconds kPollForSlot{500};
constexpr std::string_view kOwnManager = "kubernetes.io/job-controller";

bool is_foreign(const json::value& job) {
    const auto manager = text_at(job, {"spec", "managedBy"});
    return !manager.empty() && manager != kOwnManager;
}

}  // namespace

JobController::JobController(Registry& registry, const rt::Clock& clock, rt::Random& random,
                             JobSettings settings)
    : registry_(registry),
      clock_(clock),
      random_(random),
      settings_(std::move(settings)),
      events_(registry, "job-controller"),
      type_(*find_resource("batch", "v1", "jobs")),
      jobs_(registry.store(), type_.storage) {}

void JobController::stop() {
    running_.clear();
}

std::size_t JobController::process_count() const {
    std::size_t count = 0;
    for (const auto& [key, running] : running_) count += running.pods.size();
    return count;
}

std::string JobController::pod_name(const json::value& job) {
    constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
    std::string name(text_at(job, {"metadata", "name"}));
    name += '-';
    for (int i = 0; i < 5; ++i) name += kLetters[random_.below(kLetters.size())];
    return name;
}

std::optional<std::chrono::milliseconds> JobController::turn() {
    for (const Seen& seen : jobs_.poll()) {
        if (seen.after) {
            dirty_.insert(seen.key);
        } else {
            running_.erase(seen.key);  // kills what ran
            dirty_.erase(seen.key);
            outputs_are_swept_ = false;
        }
    }
    if (!std::exchange(outputs_are_swept_, true)) {
        remove_orphaned_outputs(settings_.local.output_folder, [this](const std::string& key) {
            return registry_.store().find(type_.storage, key).has_value();
        });
    }
    for (const auto& [key, running] : running_) dirty_.insert(key);
    std::optional<std::chrono::milliseconds> again;
    for (const std::string& key : std::exchange(dirty_, {})) again = sooner(again, sync(key));
    return again;
}

std::optional<std::chrono::milliseconds> JobController::sync(const std::string& key) {
    const auto record = registry_.store().find(type_.storage, key);
    if (!record || is_foreign(*record->object)) return std::nullopt;
    const json::value& job = *record->object;
    if (is_finished(job) || is_being_deleted(job)) {
        running_.erase(key);
        return std::nullopt;
    }
    Running& running = running_[key];
    const std::string uid(text_at(job, {"metadata", "uid"}));
    if (running.uid != uid) running = Running{uid, {}, std::nullopt};
    if (is_true_at(job, {"spec", "suspend"})) {
        suspend(job, running);
        running_.erase(key);
        return std::nullopt;
    }
    return run(key, job, running);
}

bool JobController::write_status(json::value& job) {
    const Place place{type_, std::string(text_at(job, {"metadata", "namespace"})),
                      std::string(text_at(job, {"metadata", "name"})), "status"};
    auto written = registry_.replace(
        place, job, {.writer = {"kube-controller-manager", "status", registry_.now()}});
    if (!written) return false;  // it changed or went: its change brings us back
    job = std::move(written->object);
    return true;
}

void JobController::suspend(json::value job, Running& running) {
    const bool known = has_condition(job, "Suspended");
    running.pods.clear();
    if (known) return;
    PodCounts counts = pod_counts(job);
    counts.active = 0;
    set_condition(job, "Suspended", true, "JobSuspended", "Job suspended", registry_.now());
    object_at(job, {"status"}).erase("startTime");
    set_pod_counts(job, counts);
    if (write_status(job)) {
        events_.record(job, EventType::kNormal, "Suspended", "Job suspended");
    }
}

std::optional<std::chrono::milliseconds> JobController::until_deadline(
    const json::value& job) const {
    const auto* limit = find_at(job, {"spec", "activeDeadlineSeconds"});
    const auto started = parse_rfc3339(text_at(job, {"status", "startTime"}));
    if (!limit || !limit->is_number() || !started) return std::nullopt;
    const auto end = *started + std::chrono::seconds(limit->to_number<std::int64_t>());
    return std::chrono::ceil<std::chrono::milliseconds>(end - registry_.now());
}

/// Takes away Pods that ended, and those that ended with an earlier life of this program.
bool JobController::collect(json::value& job, Running& running, PodCounts& counts) {
    const auto lost = counts.active - static_cast<std::int64_t>(running.pods.size());
    bool failed = lost > 0;
    if (lost > 0) {
        counts.failed += lost;
        events_.record(job, EventType::kWarning, "PodLost",
                       "the process ended with the embedded cluster that ran it");
    }
    for (const Pod& pod : running.pods) {
        const auto status = pod.process->poll();
        if (!status) continue;
        if (*status == 0) {
            ++counts.succeeded;
        } else {
            ++counts.failed;
            failed = true;
        }
    }
    std::erase_if(running.pods, [](const Pod& pod) { return pod.process->poll().has_value(); });
    counts.active = static_cast<std::int64_t>(running.pods.size());
    if (failed) {
        const auto doublings = std::clamp<std::int64_t>(counts.failed - 1, 0, 16);
        running.not_before =
            clock_.steady() + std::min(settings_.longest_backoff,
                                       settings_.first_backoff * (std::int64_t{1} << doublings));
    }
    return failed;
}

std::optional<std::chrono::milliseconds> JobController::run(const std::string& key, json::value job,
                                                            Running& running) {
    const json::value before = job;
    json::object& status = object_at(job, {"status"});
    if (has_condition(job, "Suspended")) {
        set_condition(job, "Suspended", false, "JobResumed", "Job resumed", registry_.now());
        events_.record(job, EventType::kNormal, "Resumed", "Job resumed");
        status.erase("startTime");
    }
    if (text_at(job, {"status", "startTime"}).empty()) {
        object_at(job, {"status"})["startTime"] = format_rfc3339(registry_.now());
    }
    PodCounts counts = pod_counts(job);
    collect(job, running, counts);

    const auto deadline = until_deadline(job);
    if (deadline && deadline->count() <= 0) {
        running_.erase(key);
        fail_job(std::move(job), counts, "DeadlineExceeded",
                 "Job was active longer than specified deadline");
        return std::nullopt;
    }
    if (counts.succeeded >= wanted_completions(job)) {
        running_.erase(key);
        succeed(std::move(job), counts);
        return std::nullopt;
    }
    if (counts.failed > number_at(job, {"spec", "backoffLimit"}, 6)) {
        running_.erase(key);
        fail_job(std::move(job), counts, "BackoffLimitExceeded",
                 "Job has reached the specified backoff limit");
        return std::nullopt;
    }
    if (const auto command = command_of(job, "", settings_.local); !command) {
        running_.erase(key);
        fail_job(std::move(job), counts, command.error().reason, command.error().message);
        return std::nullopt;
    }
    const auto again = start_pods(job, running, counts);
    set_pod_counts(job, counts);
    if (job != before) write_status(job);
    return sooner(again, deadline);
}

/// As many as parallelism, completions and this machine allow; when to try again.
std::optional<std::chrono::milliseconds> JobController::start_pods(json::value& job,
                                                                   Running& running,
                                                                   PodCounts& counts) {
    if (running.not_before && clock_.steady() < *running.not_before) {
        return std::chrono::ceil<std::chrono::milliseconds>(*running.not_before - clock_.steady());
    }
    running.not_before.reset();
    const auto wanted = std::min(number_at(job, {"spec", "parallelism"}, 1),
                                 wanted_completions(job) - counts.succeeded);
    while (counts.active < wanted) {
        if (process_count() >= settings_.process_limit) return kPollForSlot;
        const std::string pod = pod_name(job);
        const auto command = command_of(job, pod, settings_.local);
        if (!command) return std::nullopt;  // `run` has judged that already
        auto process = Process::start(*command);
        if (!process) {
            events_.record(job, EventType::kWarning, "FailedCreate",
                           "Error creating: " + process.error().message);
            return settings_.first_backoff;
        }
        events_.record(job, EventType::kNormal, "SuccessfulCreate", "Created pod: " + pod);
        running.pods.push_back({pod, std::move(*process)});
        ++counts.active;
    }
    return kPollProcesses;
}

void JobController::succeed(json::value job, const PodCounts& counts) {
    constexpr std::string_view kReason = "CompletionsReached";
    constexpr std::string_view kMessage = "Reached expected number of succeeded pods";
    set_pod_counts(job, {0, counts.succeeded, counts.failed});
    set_condition(job, "SuccessCriteriaMet", true, kReason, kMessage, registry_.now());
    if (!write_status(job)) return;
    set_condition(job, "Complete", true, kReason, kMessage, registry_.now());
    object_at(job, {"status"})["completionTime"] = format_rfc3339(registry_.now());
    if (!write_status(job)) return;
    events_.record(job, EventType::kNormal, "Completed", "Job completed");
}

void JobController::fail_job(json::value job, PodCounts counts, std::string_view reason,
                             std::string_view message) {
    counts.failed += counts.active;
    counts.active = 0;
    set_pod_counts(job, counts);
    set_condition(job, "FailureTarget", true, reason, message, registry_.now());
    if (!write_status(job)) return;
    set_condition(job, "Failed", true, reason, message, registry_.now());
    if (!write_status(job)) return;
    events_.record(job, EventType::kWarning, reason, message);
}

}  // namespace dsm::cluster

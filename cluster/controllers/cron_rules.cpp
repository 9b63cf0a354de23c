// Which run is due.
#include "cluster/controllers/cron_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dsm::cluster {

namespace {
constexpr std::int64_t kTooManyMissed = 100;
}

Result<DueRun> due_run(const cron::Schedule& schedule, const cron::Zone& zone, Instant earliest,
                       Instant now, std::optional<std::chrono::seconds> starting_deadline) {
    if (starting_deadline) earliest = std::max(earliest, now - *starting_deadline);
    DueRun due{std::nullopt, earliest, false};
    const auto first = schedule.next(earliest, zone);
    if (!first || now < *first) return due;
    const auto second = schedule.next(*first, zone);
    if (!second || now < *second) {
        due.scheduled = due.base = *first;
        return due;
    }
    const auto step = std::chrono::round<std::chrono::seconds>(*second - *first);
    if (step < std::chrono::seconds(1)) {
        return fail(ErrorCode::kInvalid,
                    "time difference between two schedules is less than 1 second");
    }
    const std::int64_t missed =
        std::chrono::duration_cast<std::chrono::seconds>(now - *first) / step + 1;
    due.too_many = missed > kTooManyMissed;
    const Instant near = *first + (missed - 2) * step;
    for (auto next = schedule.next(near, zone); next && *next <= now;
         next = schedule.next(*next, zone)) {
        due.scheduled = *next;
    }
    // An uneven schedule can hide its last run from this estimate; then none starts, as there.
    due.base = due.scheduled.value_or(now);
    return due;
}

std::string job_name(std::string_view cronjob, Instant scheduled) {
    const auto minutes =
        std::chrono::floor<std::chrono::minutes>(scheduled).time_since_epoch().count();
    return fmt::format("{}-{}", cronjob, minutes);
}

json::value job_of(const json::value& cronjob, Instant scheduled) {
    const auto name = text_at(cronjob, {"metadata", "name"});
    json::object metadata{{"name", job_name(name, scheduled)},
                          {"namespace", text_at(cronjob, {"metadata", "namespace"})}};
    json::object annotations;
    if (const auto* labels = find_at(cronjob, {"spec", "jobTemplate", "metadata", "labels"})) {
        metadata["labels"] = *labels;
    }
    if (const auto* given = find_at(cronjob, {"spec", "jobTemplate", "metadata", "annotations"});
        given && given->is_object()) {
        annotations = given->get_object();
    }
    annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] = format_rfc3339(scheduled);
    metadata["annotations"] = std::move(annotations);
    metadata["ownerReferences"] = json::array{{{"apiVersion", "batch/v1"},
                                               {"kind", "CronJob"},
                                               {"name", name},
                                               {"uid", text_at(cronjob, {"metadata", "uid"})},
                                               {"controller", true},
                                               {"blockOwnerDeletion", true}}};
    json::value job{{"apiVersion", "batch/v1"}, {"kind", "Job"}, {"metadata", metadata}};
    if (const auto* spec = find_at(cronjob, {"spec", "jobTemplate", "spec"})) {
        job.as_object()["spec"] = *spec;
    }
    return job;
}

}  // namespace dsm::cluster

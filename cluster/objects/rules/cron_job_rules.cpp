// Rules of CronJobs: schedule, time zone, policy, limits and the template.
#include <fmt/format.h>

#include <cctype>

#include "cluster/objects/rules/rules.hpp"
#include "libs/cron/cron.hpp"

namespace dsm::cluster {
namespace {

/// The parser of the controller sees what follows a zone prefix.
std::string_view without_zone(std::string_view schedule) {
    if (!schedule.starts_with("TZ=") && !schedule.starts_with("CRON_TZ=")) return schedule;
    const auto space = schedule.find(' ');
    if (space == std::string_view::npos) return {};
    const auto rest = schedule.find_first_not_of(' ', space);
    return rest == std::string_view::npos ? std::string_view{} : schedule.substr(rest);
}

void check_schedule(const json::value& spec, const json::value* old_spec, FieldErrors& errors) {
    const auto schedule = text_at(spec, {"schedule"});
    if (schedule.empty()) {
        errors.push_back(FieldError::required("spec.schedule"));
        return;
    }
    if (const auto parsed = cron::Schedule::parse(without_zone(schedule)); !parsed) {
        errors.push_back(FieldError::invalid("spec.schedule", schedule, parsed.error().message));
    }
    if (schedule.find("TZ") == std::string_view::npos) return;
    const bool had =
        old_spec && text_at(*old_spec, {"schedule"}).find("TZ") != std::string_view::npos;
    if (!had) {
        errors.push_back(FieldError::invalid(
            "spec.schedule", schedule,
            "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
    } else if (find_at(spec, {"timeZone"})) {
        errors.push_back(
            FieldError::invalid("spec.schedule", schedule,
                                "cannot use both timeZone field and TZ or CRON_TZ in schedule"));
    }
}

bool is_zone_part(std::string_view part) {
    if (part.empty() || part.size() > 14 || part == "." || part == ".." || part[0] == '-') {
        return false;
    }
    for (char c : part) {
        const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
        if (!letter && std::string_view(".-_+").find(c) == std::string_view::npos) return false;
    }
    return true;
}

bool is_local(std::string_view zone) {
    constexpr std::string_view kLocal = "local";
    return std::ranges::equal(zone, kLocal, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    });
}

void check_zone(const json::value& spec, FieldErrors& errors) {
    const auto* field = find_at(spec, {"timeZone"});
    if (!field) return;
    const auto zone = text_at(spec, {"timeZone"});
    const auto refuse = [&](std::string_view why) {
        errors.push_back(FieldError::invalid("spec.timeZone", zone, why));
    };
    if (zone.empty()) return refuse("timeZone must be nil or non-empty string");
    const auto unknown = fmt::format("unknown time zone {}", zone);
    for (std::size_t start = 0; start <= zone.size();) {
        const auto slash = std::min(zone.find('/', start), zone.size());
        if (!is_zone_part(zone.substr(start, slash - start))) return refuse(unknown);
        start = slash + 1;
    }
    if (is_local(zone)) {
        refuse(
            "timeZone must be an explicit time zone as defined in "
            "https://www.iana.org/time-zones");
    }
    if (zone != "Local" && !cron::Zone::find(zone)) refuse(unknown);
}

}  // namespace

void check_cron_job_spec(const json::value& object, const json::value* stored,
                         FieldErrors& errors) {
    static const json::value kNothing = json::object{};
    const auto* found = find_at(object, {"spec"});
    const auto& spec = found ? *found : kNothing;
    const auto* old_spec = stored ? find_at(*stored, {"spec"}) : nullptr;
    check_schedule(spec, old_spec, errors);
    check_not_negative(spec, "spec", "startingDeadlineSeconds", errors);
    if (!old_spec || text_at(*old_spec, {"timeZone"}) != text_at(spec, {"timeZone"})) {
        check_zone(spec, errors);
    }
    const auto policy = text_at(spec, {"concurrencyPolicy"});
    if (policy.empty()) {
        errors.push_back(FieldError::required("spec.concurrencyPolicy"));
    } else if (policy != "Allow" && policy != "Forbid" && policy != "Replace") {
        errors.push_back(FieldError::not_supported("spec.concurrencyPolicy", policy,
                                                   {"Allow", "Forbid", "Replace"}));
    }
    const auto* job = find_at(spec, {"jobTemplate", "spec"});
    if (job && find_at(*job, {"selector"})) {
        errors.push_back(FieldError::invalid("spec.jobTemplate.spec.selector",
                                             *find_at(*job, {"selector"}),
                                             "`selector` will be auto-generated"));
    }
    if (job && is_true_at(*job, {"manualSelector"})) {
        errors.push_back(FieldError::not_supported("spec.jobTemplate.spec.manualSelector",
                                                   json::value(true), {"nil", "false"}));
    }
    check_job_spec(job ? *job : kNothing, "spec.jobTemplate.spec", errors);
    check_not_negative(spec, "spec", "successfulJobsHistoryLimit", errors);
    check_not_negative(spec, "spec", "failedJobsHistoryLimit", errors);
}

}  // namespace dsm::cluster

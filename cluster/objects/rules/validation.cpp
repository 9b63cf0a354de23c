// Which rules apply to which kind, and in which order their errors are listed.
#include "cluster/objects/validation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cluster/objects/rules/rules.hpp"

namespace dsm::cluster {

FieldErrors validate_create(const ResourceType& type, const json::value& object) {
    FieldErrors errors;
    if (!type.stored()) return errors;
    if (type.kind == "Event") {  // its name is nobody's business in core
        check_event_create(type, object, errors);
        return errors;
    }
    check_metadata(type, object, errors);
    check_finalizer_names(object, errors);
    if (type.kind == "CronJob") {
        check_cron_job_spec(object, nullptr, errors);
        constexpr std::size_t kMaxName = 52;  // room for the Jobs' suffix
        const auto name = text_at(object, {"metadata", "name"});
        if (name.size() > kMaxName) {
            errors.push_back(
                FieldError::invalid("metadata.name", name, "must be no more than 52 characters"));
        }
    }
    if (type.kind == "Job") check_job(object, errors);
    if (type.kind == "Lease") check_lease(object, errors);
    return errors;
}

FieldErrors validate_update(const ResourceType& type, std::string_view subresource,
                            const json::value& stored, const json::value& object) {
    FieldErrors errors;
    check_metadata(type, object, errors);
    check_metadata_update(stored, object, errors);
    if (subresource == "status") {
        if (type.kind == "Job") check_job_status_update(stored, object, errors);
        return errors;
    }
    if (type.kind == "CronJob") check_cron_job_spec(object, &stored, errors);
    if (type.kind == "Job") {
        check_job(object, errors);
        check_job_update(stored, object, errors);
    }
    if (type.kind == "Event") check_event(type, object, errors);
    if (type.group == "events.k8s.io") check_event_update(stored, object, errors);
    if (type.kind == "Lease") check_lease(object, errors);
    return errors;
}

std::vector<std::string> warnings_of(const ResourceType& type, const json::value& object,
                                     const json::value* stored) {
    std::vector<std::string> warnings;
    if (type.kind != "CronJob" && type.kind != "Job") return warnings;
    if (!stored) {
        const auto problems = dns_label_errors(text_at(object, {"metadata", "name"}));
        if (!problems.empty()) {
            warnings.push_back(fmt::format(
                "metadata.name: this is used in Pod names and hostnames, which can result in "
                "surprising behavior; a DNS label is recommended: [{}]",
                fmt::join(problems, " ")));
        }
    }
    if (type.kind == "CronJob" &&
        text_at(object, {"spec", "schedule"}).find("TZ") != std::string_view::npos) {
        warnings.emplace_back(
            "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see "
            "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/"
            "#unsupported-timezone-specification");
    }
    const auto pod =
        type.kind == "CronJob" ? "spec.jobTemplate.spec.template.spec" : "spec.template.spec";
    const auto* spec = type.kind == "CronJob"
                           ? find_at(object, {"spec", "jobTemplate", "spec", "template", "spec"})
                           : find_at(object, {"spec", "template", "spec"});
    if (spec) warn_of_pod(*spec, pod, warnings);
    return warnings;
}

}  // namespace dsm::cluster

// Defaults of each kind, and the conversion of events between their two APIs.
#include "cluster/objects/defaults.hpp"

#include <limits>

#include "cluster/objects/decode.hpp"
#include "cluster/objects/rules/pod_defaults.hpp"

namespace dsm::cluster {
namespace {

void set_default(json::object& object, std::string_view member, json::value value) {
    if (!object.contains(member)) object[member] = std::move(value);
}

void cron_job_defaults(json::value& object) {
    auto& spec = object_at(object, {"spec"});
    set_default(spec, "concurrencyPolicy", "Allow");
    set_default(spec, "suspend", false);
    set_default(spec, "successfulJobsHistoryLimit", 3);
    set_default(spec, "failedJobsHistoryLimit", 1);
    if (auto* pod = find_at(object, {"spec", "jobTemplate", "spec", "template"})) {
        apply_pod_template_defaults(*pod);
    }
}

void job_defaults(json::value& object) {
    auto& spec = object_at(object, {"spec"});
    if (!spec.contains("completions") && !spec.contains("parallelism")) spec["completions"] = 1;
    set_default(spec, "parallelism", 1);
    set_default(spec, "backoffLimit",
                spec.contains("backoffLimitPerIndex")
                    ? std::int64_t{std::numeric_limits<std::int32_t>::max()}
                    : std::int64_t{6});
    set_default(spec, "completionMode", "NonIndexed");
    set_default(spec, "suspend", false);
    set_default(spec, "manualSelector", false);
    set_default(spec, "podReplacementPolicy",
                spec.contains("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
    if (auto* pod = find_at(object, {"spec", "template"})) apply_pod_template_defaults(*pod);
    const auto* labels = find_at(object, {"spec", "template", "metadata", "labels"});
    auto& metadata = object_at(object, {"metadata"});
    if (labels && !metadata.contains("labels")) metadata["labels"] = json::value(*labels);
}

void namespace_defaults(json::value& object) {
    const std::string name(text_at(object, {"metadata", "name"}));
    if (!name.empty()) {
        object_at(object, {"metadata", "labels"})["kubernetes.io/metadata.name"] = name;
    }
    auto& status = object_at(object, {"status"});
    set_default(status, "phase", "Active");
}

void move_member(const json::object& from, std::string_view name, json::object& to,
                 std::string_view as) {
    if (const auto* value = from.if_contains(name)) to[as] = *value;
}

struct Renamed {
    std::string_view core;
    std::string_view fresh;
};
constexpr Renamed kEventFields[] = {{"involvedObject", "regarding"},
                                    {"message", "note"},
                                    {"source", "deprecatedSource"},
                                    {"firstTimestamp", "deprecatedFirstTimestamp"},
                                    {"lastTimestamp", "deprecatedLastTimestamp"},
                                    {"count", "deprecatedCount"},
                                    {"reportingComponent", "reportingController"},
                                    {"reportingInstance", "reportingInstance"},
                                    {"metadata", "metadata"},
                                    {"eventTime", "eventTime"},
                                    {"series", "series"},
                                    {"action", "action"},
                                    {"reason", "reason"},
                                    {"related", "related"},
                                    {"type", "type"}};

}  // namespace

void apply_defaults(const ResourceType& type, json::value& object) {
    if (type.kind == "CronJob") cron_job_defaults(object);
    if (type.kind == "Job") job_defaults(object);
    if (type.kind == "Namespace") namespace_defaults(object);
}

json::value to_new_event(const json::value& core_event) {
    json::object out{{"apiVersion", "events.k8s.io/v1"}, {"kind", "Event"}};
    for (const auto& [core, fresh] : kEventFields) {
        move_member(core_event.as_object(), core, out, fresh);
    }
    return canonical(*find_kind("events.k8s.io/v1", "Event"), out);
}

json::value to_core_event(const json::value& new_event) {
    json::object out{{"apiVersion", "v1"}, {"kind", "Event"}};
    for (const auto& [core, fresh] : kEventFields) {
        move_member(new_event.as_object(), fresh, out, core);
    }
    return canonical(*find_kind("v1", "Event"), out);
}

}  // namespace dsm::cluster

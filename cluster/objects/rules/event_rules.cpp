// Rules of events (both APIs) and leases.
#include <fmt/format.h>

#include "cluster/objects/defaults.hpp"
#include "cluster/objects/rules/rules.hpp"
#include "cluster/objects/validation.hpp"

namespace dsm::cluster {
namespace {

constexpr std::size_t kMaxText = 128;
constexpr std::size_t kMaxMessage = 1024;

void check_text(const json::value& event, std::string_view member, FieldErrors& errors) {
    const auto value = text_at(event, {member});
    const std::string field(member);
    if (value.empty()) {
        errors.push_back(FieldError::required(field));
    } else if (value.size() > kMaxText) {
        errors.push_back(FieldError::invalid(
            field, "", fmt::format("can have at most {} characters", kMaxText)));
    }
}

/// What every event with an eventTime says. `controller` is the API's name of who reports.
void check_fresh(const json::value& event, const std::string& controller, FieldErrors& errors) {
    const auto own = text_at(event, {"metadata", "namespace"});
    const bool nowhere = text_at(event, {"involvedObject", "namespace"}).empty();
    if (nowhere && own != "default" && own != "kube-system") {
        errors.push_back(
            FieldError::invalid("involvedObject.namespace", "", "does not match event.namespace"));
    }
    const auto reporter = text_at(event, {"reportingComponent"});
    if (reporter.empty()) errors.push_back(FieldError::required(controller));
    for (const auto& each : qualified_name_errors(reporter)) {
        errors.push_back(FieldError::invalid(controller, reporter, each));
    }
    for (const char* member : {"reportingInstance", "action", "reason"}) {
        check_text(event, member, errors);
    }
    if (text_at(event, {"message"}).size() > kMaxMessage) {
        errors.push_back(FieldError::invalid(
            "message", "", fmt::format("can have at most {} characters", kMaxMessage)));
    }
}

void check_series(const json::value& event, FieldErrors& errors) {
    if (!find_at(event, {"series"})) return;
    if (number_at(event, {"series", "count"}) < 2) {
        errors.push_back(FieldError::invalid("series.count", "", "should be at least 2"));
    }
    if (text_at(event, {"series", "lastObservedTime"}).empty()) {
        errors.push_back(FieldError::required("series.lastObservedTime"));
    }
}

/// What events.k8s.io asks of an event that is made.
void check_new_style(const json::value& event, FieldErrors& errors) {
    check_series(event, errors);
    if (text_at(event, {"eventTime"}).empty()) errors.push_back(FieldError::required("eventTime"));
    const auto kind = text_at(event, {"type"});
    if (kind != "Normal" && kind != "Warning") {
        errors.push_back(
            FieldError::invalid("type", "", "has invalid value: " + std::string(kind)));
    }
    for (const char* member : {"firstTimestamp", "lastTimestamp"}) {
        if (text_at(event, {member}).empty()) continue;
        errors.push_back(FieldError::invalid(member, "", "needs to be unset"));
    }
    if (number_at(event, {"count"}) != 0) {
        errors.push_back(FieldError::invalid("count", "", "needs to be unset"));
    }
    if (const auto* source = find_at(event, {"source"});
        source && source->is_object() && !source->get_object().empty()) {
        errors.push_back(FieldError::invalid("source", "", "needs to be unset"));
    }
}

}  // namespace

void check_event(const ResourceType& type, const json::value& object, FieldErrors& errors) {
    const json::value event = type.group.empty() ? object : to_core_event(object);
    const auto own = text_at(event, {"metadata", "namespace"});
    const auto theirs = text_at(event, {"involvedObject", "namespace"});
    if (!text_at(event, {"eventTime"}).empty()) {
        check_fresh(event, type.group.empty() ? "reportingComponent" : "reportingController",
                    errors);
    } else if (theirs.empty() ? own != "default" : own != theirs) {
        errors.push_back(FieldError::invalid("involvedObject.namespace", theirs,
                                             "does not match event.namespace"));
    }
}

void check_event_create(const ResourceType& type, const json::value& object, FieldErrors& errors) {
    check_event(type, object, errors);
    if (type.group.empty()) return;
    check_metadata(type, object, errors);
    check_new_style(to_core_event(object), errors);
}

void check_event_update(const json::value& stored, const json::value& object, FieldErrors& errors) {
    // what the newer API calls a field, and what errors call it
    constexpr std::pair<const char*, const char*> kFields[] = {
        {"regarding", "involvedObject"},
        {"reason", "reason"},
        {"note", "message"},
        {"deprecatedSource", "source"},
        {"deprecatedFirstTimestamp", "firstTimestamp"},
        {"deprecatedLastTimestamp", "lastTimestamp"},
        {"deprecatedCount", "count"},
        {"type", "type"},
        {"eventTime", "eventTime"},
        {"action", "action"},
        {"related", "related"},
        {"reportingController", "reportingController"},
        {"reportingInstance", "reportingInstance"}};
    for (const auto& [name, field] : kFields) {
        const auto* before = find_at(stored, {name});
        const auto* after = find_at(object, {name});
        const json::value none;
        if ((before ? *before : none) == (after ? *after : none)) continue;
        errors.push_back(FieldError::invalid(field, after ? *after : none, "field is immutable"));
    }
}

void check_lease(const json::value& object, FieldErrors& errors) {
    const auto* spec = find_at(object, {"spec"});
    if (!spec) return;
    const auto* seconds = find_at(*spec, {"leaseDurationSeconds"});
    if (seconds && number_at(*spec, {"leaseDurationSeconds"}) <= 0) {
        errors.push_back(
            FieldError::invalid("spec.leaseDurationSeconds", *seconds, "must be greater than 0"));
    }
    check_not_negative(*spec, "spec", "leaseTransitions", errors);
}

}  // namespace dsm::cluster

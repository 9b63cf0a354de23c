// Rules of events (both APIs) and leases.
#include <fmt/format.h>

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

void check_new_style(const ResourceType& type, const json::value& event, FieldErrors& errors) {
    const std::string_view controller =
        type.group.empty() ? "reportingComponent" : "reportingController";
    const std::string_view message = type.group.empty() ? "message" : "note";
    const auto reporter = text_at(event, {controller});
    if (reporter.empty()) {
        errors.push_back(FieldError::required(std::string(controller)));
    } else {
        for (const auto& each : qualified_name_errors(reporter)) {
            errors.push_back(FieldError::invalid(std::string(controller), reporter, each));
        }
    }
    for (const char* member : {"reportingInstance", "action", "reason"}) {
        check_text(event, member, errors);
    }
    if (text_at(event, {message}).size() > kMaxMessage) {
        errors.push_back(FieldError::invalid(
            std::string(message), "", fmt::format("can have at most {} characters", kMaxMessage)));
    }
    if (!type.group.empty()) {
        const auto kind = text_at(event, {"type"});
        if (kind != "Normal" && kind != "Warning") {
            errors.push_back(
                FieldError::invalid("type", "", "has invalid value: " + std::string(kind)));
        }
    }
}

}  // namespace

void check_event(const ResourceType& type, const json::value& object, FieldErrors& errors) {
    const std::string_view about = type.group.empty() ? "involvedObject" : "regarding";
    const auto* time = find_at(object, {"eventTime"});
    const bool fresh = time && time->is_string();
    const auto own = text_at(object, {"metadata", "namespace"});
    const auto theirs = text_at(object, {about, "namespace"});
    const bool agree =
        theirs.empty() ? own == "default" || (fresh && own == "kube-system") : own == theirs;
    if (!agree) {
        errors.push_back(FieldError::invalid(fmt::format("{}.namespace", about), theirs,
                                             "does not match event.namespace"));
    }
    if (!type.group.empty() && !fresh) errors.push_back(FieldError::required("eventTime"));
    if (fresh || !type.group.empty()) check_new_style(type, object, errors);
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

// Rules of writes to a Job's status: conditions come in order and never go.
#include <fmt/format.h>

#include "cluster/objects/rules/rules.hpp"
#include "libs/base/time.hpp"

namespace dsm::cluster {
namespace {

bool has_condition(const json::value& object, std::string_view type) {
    for (const auto& condition : array_at(object, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == type && text_at(condition, {"status"}) == "True") {
            return true;
        }
    }
    return false;
}

void check_conditions(const json::value& stored, const json::value& object, FieldErrors& errors) {
    const auto refuse = [&](std::string_view why) {
        // the value is not shown
        errors.push_back(
            {"FieldValueInvalid", "status.conditions", fmt::format("Invalid value: {}", why)});
    };
    const bool complete = has_condition(object, "Complete");
    const bool failed = has_condition(object, "Failed");
    const bool target = has_condition(object, "FailureTarget");
    const bool success = has_condition(object, "SuccessCriteriaMet");
    if (complete && target) refuse("cannot set Complete=True and FailureTarget=true conditions");
    if (success && failed) refuse("cannot set SuccessCriteriaMet=True and Failed=true conditions");
    if (success && target) {
        refuse("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
    }
    if (failed && !target && !has_condition(stored, "Failed")) {
        refuse("cannot set Failed=True condition without the FailureTarget=true condition");
    }
    if (complete && !success && !has_condition(stored, "Complete")) {
        refuse("cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
    }
    for (const char* type : {"Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"}) {
        if (has_condition(stored, type) && !has_condition(object, type)) {
            const bool terminal =
                type == std::string_view("Complete") || type == std::string_view("Failed");
            refuse(fmt::format("cannot disable the {}{}=True condition",
                               terminal ? "terminal " : "", type));
        }
    }
}

}  // namespace

void check_job_status_update(const json::value& stored, const json::value& object,
                             FieldErrors& errors) {
    for (const char* member : {"active", "succeeded", "failed", "ready", "terminating"}) {
        const auto* status = find_at(object, {"status"});
        if (status) check_not_negative(*status, "status", member, errors);
    }
    if (number_at(object, {"status", "ready"}) > number_at(object, {"status", "active"})) {
        errors.push_back(FieldError::invalid("status.ready",
                                             json::value(number_at(object, {"status", "ready"})),
                                             "cannot set more ready pods than active"));
    }
    const bool complete = has_condition(object, "Complete");
    const bool failed = has_condition(object, "Failed");
    const auto* completion = find_at(object, {"status", "completionTime"});
    const auto start = parse_rfc3339(text_at(object, {"status", "startTime"}));
    const auto end = parse_rfc3339(text_at(object, {"status", "completionTime"}));
    if (complete && failed) {
        errors.push_back({"FieldValueInvalid", "status.conditions",
                          "Invalid value: cannot set Complete=True and Failed=true conditions"});
    }
    if (complete && !completion) {
        errors.push_back(FieldError::required("status.completionTime",
                                              "completionTime is required for Complete jobs"));
    }
    if (completion && !complete) {
        errors.push_back(FieldError::invalid(
            "status.completionTime", *completion,
            "cannot set completionTime when there is no Complete=True condition"));
    }
    if (start && end && *end < *start) {
        errors.push_back(FieldError::invalid("status.completionTime", *completion,
                                             "completionTime cannot be set before startTime"));
    }
    for (const char* member : {"succeeded", "failed"}) {
        const auto count = number_at(object, {"status", member});
        if (count >= number_at(stored, {"status", member})) continue;
        errors.push_back(
            FieldError::invalid(fmt::format("status.{}", member), json::value(count),
                                fmt::format("cannot decrease the {} counter", member)));
    }
    check_conditions(stored, object, errors);
    const auto active = number_at(object, {"status", "active"});
    if ((complete || failed) && active > 0) {
        errors.push_back(FieldError::invalid("status.active", json::value(active),
                                             "active>0 is invalid for finished job"));
    }
    const auto* old_start = find_at(stored, {"status", "startTime"});
    const auto* new_start = find_at(object, {"status", "startTime"});
    if (old_start && !is_true_at(stored, {"spec", "suspend"})) {
        if (!new_start) {
            errors.push_back(FieldError::required(
                "status.startTime", "startTime cannot be removed for unsuspended job"));
        } else if (*old_start != *new_start && !is_true_at(object, {"spec", "suspend"})) {
            errors.push_back(FieldError::required(
                "status.startTime", "startTime cannot be modified for unsuspended job"));
        }
    }
}

}  // namespace dsm::cluster

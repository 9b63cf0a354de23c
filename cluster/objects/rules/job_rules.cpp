// Rules of Jobs: limits, completion mode, selector, and what a running Job may not change.
#include <fmt/format.h>

#include "cluster/objects/rules/rules.hpp"
#include "cluster/objects/selector.hpp"
#include "cluster/objects/validation.hpp"

namespace dsm::cluster {
namespace {

constexpr std::int64_t kMaxParallelism = 100'000;

void check_completion_mode(const json::value& spec, const std::string& field, FieldErrors& errors) {
    const auto mode = text_at(spec, {"completionMode"});
    if (find_at(spec, {"completionMode"}) && mode != "NonIndexed" && mode != "Indexed") {
        errors.push_back(
            FieldError::not_supported(field + ".completionMode", mode, {"NonIndexed", "Indexed"}));
    }
    if (find_at(spec, {"maxFailedIndexes"}) && !find_at(spec, {"backoffLimitPerIndex"})) {
        errors.push_back(FieldError::required(field + ".backoffLimitPerIndex",
                                              "when maxFailedIndexes is specified"));
    }
    if (mode == "Indexed") {
        if (!find_at(spec, {"completions"})) {
            errors.push_back(
                FieldError::required(field + ".completions", "when completion mode is Indexed"));
        }
        const auto parallelism = number_at(spec, {"parallelism"});
        if (parallelism > kMaxParallelism) {
            errors.push_back(
                FieldError::invalid(field + ".parallelism", json::value(parallelism),
                                    "must be less than or equal to 100000 when completion mode is "
                                    "Indexed"));
        }
        return;
    }
    for (const char* member : {"backoffLimitPerIndex", "maxFailedIndexes"}) {
        if (const auto* value = find_at(spec, {member})) {
            errors.push_back(FieldError::invalid(fmt::format("{}.{}", field, member), *value,
                                                 "requires indexed completion mode"));
        }
    }
    if (const auto* value = find_at(spec, {"successPolicy"})) {
        errors.push_back(FieldError::invalid(field + ".successPolicy", *value,
                                             "requires indexed completion mode"));
    }
}

void check_managed_by(const json::value& spec, const std::string& field, FieldErrors& errors) {
    if (!find_at(spec, {"managedBy"})) return;
    const auto value = text_at(spec, {"managedBy"});
    const auto slash = value.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == value.size()) {
        errors.push_back(
            FieldError::invalid(field + ".managedBy", value,
                                "must be a domain-prefixed path (such as \"acme.io/foo\")"));
    }
    if (value.size() > 63) errors.push_back(FieldError::too_long(field + ".managedBy", 63));
}

void check_immutable(const json::value& stored, const json::value& object, std::string_view member,
                     FieldErrors& errors) {
    const auto* before = find_at(stored, {"spec", member});
    const auto* after = find_at(object, {"spec", member});
    const json::value none;
    if ((before ? *before : none) == (after ? *after : none)) return;
    errors.push_back(FieldError::invalid(fmt::format("spec.{}", member),
                                         after ? sorted(*after) : none, "field is immutable"));
}

/// Scheduling directives may change while a Job is suspended and was never started.
bool may_change_template(const json::value& stored) {
    return is_true_at(stored, {"spec", "suspend"}) && !find_at(stored, {"status", "startTime"});
}

json::value without_directives(const json::value& object) {
    json::value copy;
    if (const auto* found = find_at(object, {"spec", "template"})) copy = *found;
    for (const char* member : {"nodeSelector", "affinity", "tolerations", "schedulingGates"}) {
        erase_at(copy, {"spec"}, member);
    }
    erase_at(copy, {"metadata"}, "annotations");
    erase_at(copy, {"metadata"}, "labels");
    return copy;
}

}  // namespace

void check_job_spec(const json::value& spec, const std::string& field, FieldErrors& errors) {
    for (const char* member :
         {"parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
          "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"}) {
        check_not_negative(spec, field, member, errors);
    }
    check_managed_by(spec, field, errors);
    const auto replacement = text_at(spec, {"podReplacementPolicy"});
    if (!replacement.empty() && replacement != "Failed" && replacement != "TerminatingOrFailed") {
        errors.push_back(FieldError::not_supported(field + ".podReplacementPolicy", replacement,
                                                   {"Failed", "TerminatingOrFailed"}));
    }
    check_completion_mode(spec, field, errors);
    static const json::value kNothing = json::object{};
    const auto* pod = find_at(spec, {"template"});
    check_pod_template(pod ? *pod : kNothing, field + ".template", errors);
    const auto policy = text_at(spec, {"template", "spec", "restartPolicy"});
    const auto at = field + ".template.spec.restartPolicy";
    if (policy.empty() || policy == "Always") {
        errors.push_back(FieldError::required(at, "valid values: \"OnFailure\", \"Never\""));
    } else if (policy != "OnFailure" && policy != "Never") {
        errors.push_back(FieldError::not_supported(at, policy, {"OnFailure", "Never"}));
    } else if (find_at(spec, {"podFailurePolicy"}) && policy != "Never") {
        errors.push_back(FieldError::invalid(
            at, policy, "only \"Never\" is supported when podFailurePolicy is specified"));
    }
}

void check_job(const json::value& object, FieldErrors& errors) {
    static const json::value kNothing = json::object{};
    const auto* spec = find_at(object, {"spec"});
    check_job_spec(spec ? *spec : kNothing, "spec", errors);
    const auto* selector = find_at(object, {"spec", "selector"});
    if (!selector) errors.push_back(FieldError::required("spec.selector"));
    const json::value uid(text_at(object, {"metadata", "uid"}));
    const json::value generated{
        {"matchLabels", json::object{{"batch.kubernetes.io/controller-uid", uid}}}};
    if (selector && !is_true_at(object, {"spec", "manualSelector"}) && *selector != generated) {
        errors.push_back(FieldError::invalid("spec.selector", sorted(*selector),
                                             "`selector` not auto-generated"));
    }
    json::value pod = json::object{};
    if (const auto* found = find_at(object, {"spec", "template"})) pod = *found;
    if (!selector || !LabelSelector::from_object(*selector).matches(pod)) {
        const auto* labels = find_at(pod, {"metadata", "labels"});
        errors.push_back(FieldError::invalid("spec.template.metadata.labels",
                                             labels ? sorted(*labels) : json::value(),
                                             "`selector` does not match template `labels`"));
    }
}

void check_job_update(const json::value& stored, const json::value& object, FieldErrors& errors) {
    const bool indexed = text_at(object, {"spec", "completionMode"}) == "Indexed";
    const bool elastic = indexed && number_at(object, {"spec", "completions"}) ==
                                        number_at(object, {"spec", "parallelism"});
    if (!elastic) check_immutable(stored, object, "completions", errors);
    check_immutable(stored, object, "selector", errors);
    if (!may_change_template(stored) || without_directives(stored) != without_directives(object)) {
        check_immutable(stored, object, "template", errors);
    }
    for (const char* member : {"completionMode", "podFailurePolicy", "backoffLimitPerIndex",
                               "managedBy", "successPolicy"}) {
        check_immutable(stored, object, member, errors);
    }
}

}  // namespace dsm::cluster

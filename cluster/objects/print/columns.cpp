// The columns and cells of CronJobs, Jobs, Events, Leases and Namespaces.
#include "cluster/objects/print/columns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>

#include "cluster/objects/selector.hpp"
#include "cluster/objects/table.hpp"

namespace dsm::cluster {
namespace {

constexpr Column kName{"Name", "string", "name", 0,
                       "Unique within its namespace; the object's identity together with it."};
constexpr Column kAge{"Age", "string", "", 0, "Time since the object was created."};

constexpr std::array kCronJobColumns = {
    kName,
    Column{"Schedule", "string", "", 0, "When Jobs are started, in cron's notation."},
    Column{"Timezone", "string", "", 0, "The time zone of the schedule."},
    Column{"Suspend", "boolean", "", 0, "Whether further runs are held back."},
    Column{"Active", "integer", "", 0, "Jobs that are running now."},
    Column{"Last Schedule", "string", "", 0, "Time since a Job was last started."},
    kAge,
    Column{"Containers", "string", "", 1, "Names of the containers of a run."},
    Column{"Images", "string", "", 1, "Images of the containers of a run."},
    Column{"Selector", "string", "", 1, "Selector of the Pods of a run."},
};
constexpr std::array kJobColumns = {
    kName,
    Column{"Status", "string", "", 0, "State of the Job."},
    Column{"Completions", "string", "", 0, "Successful Pods of those wanted."},
    Column{"Duration", "string", "", 0, "Time from start to completion, or to now."},
    kAge,
    Column{"Containers", "string", "", 1, "Names of the containers."},
    Column{"Images", "string", "", 1, "Images of the containers."},
    Column{"Selector", "string", "", 1, "Selector of the Job's Pods."},
};
constexpr std::array kEventColumns = {
    Column{"Last Seen", "string", "", 0, "Time since it happened last."},
    Column{"Type", "string", "", 0, "Normal or Warning."},
    Column{"Reason", "string", "", 0, "Short name of what happened."},
    Column{"Object", "string", "", 0, "What it happened to."},
    Column{"Subobject", "string", "", 1, "Which part of the object."},
    Column{"Source", "string", "", 1, "Who reported it."},
    Column{"Message", "string", "", 0, "What happened, for people."},
    Column{"First Seen", "string", "", 1, "Time since it happened first."},
    Column{"Count", "string", "", 1, "How often it happened."},
    Column{"Name", "string", "name", 1, "Name of the event object."},
};
constexpr std::array kLeaseColumns = {
    kName, Column{"Holder", "string", "", 0, "Who holds the lease."}, kAge};
constexpr std::array kNamespaceColumns = {
    kName, Column{"Status", "string", "", 0, "Phase of the namespace."}, kAge};
constexpr std::array kOtherColumns = {
    kName, Column{"Created At", "date", "", 0, "When the object was created."}};

std::string age(std::string_view time, Instant now, const char* otherwise) {
    const auto since = parse_rfc3339(time);
    return since ? human_duration(now - *since) : otherwise;
}

std::string created_age(const json::value& object, Instant now) {
    return age(text_at(object, {"metadata", "creationTimestamp"}), now, "<unknown>");
}

std::string name_of(const json::value& object) {
    return std::string(text_at(object, {"metadata", "name"}));
}

std::string container_texts(const json::value& pod_spec, std::string_view member) {
    std::vector<std::string_view> texts;
    for (const auto& container : array_at(pod_spec, {"containers"})) {
        texts.push_back(text_at(container, {member}));
    }
    return fmt::format("{}", fmt::join(texts, ","));
}

std::string selector_text(const json::value* selector) {
    if (!selector) return "<none>";
    const auto text = LabelSelector::from_object(*selector).to_string();
    return text.empty() ? "<none>" : text;
}

json::array cron_job_cells(const json::value& object, Instant now) {
    static const json::value kNothing = json::object{};
    const auto* job = find_at(object, {"spec", "jobTemplate", "spec"});
    const auto* pod = job ? find_at(*job, {"template", "spec"}) : nullptr;
    if (!pod) pod = &kNothing;
    const auto zone = text_at(object, {"spec", "timeZone"});
    const auto* suspend = find_at(object, {"spec", "suspend"});
    const auto* last = find_at(object, {"status", "lastScheduleTime"});
    return {name_of(object),
            text_at(object, {"spec", "schedule"}),
            zone.empty() ? "<none>" : zone,
            !suspend                                  ? "<unset>"
            : is_true_at(object, {"spec", "suspend"}) ? "True"
                                                      : "False",
            std::int64_t(array_at(object, {"status", "active"}).size()),
            last ? age(text_at(object, {"status", "lastScheduleTime"}), now, "<unknown>")
                 : std::string("<none>"),
            created_age(object, now),
            container_texts(*pod, "name"),
            container_texts(*pod, "image"),
            selector_text(job ? find_at(*job, {"selector"}) : nullptr)};
}

bool has_condition(const json::value& object, std::string_view type) {
    for (const auto& condition : array_at(object, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == type && text_at(condition, {"status"}) == "True") {
            return true;
        }
    }
    return false;
}

std::string job_status(const json::value& object) {
    if (has_condition(object, "Complete")) return "Complete";
    if (has_condition(object, "Failed")) return "Failed";
    if (find_at(object, {"metadata", "deletionTimestamp"})) return "Terminating";
    for (const char* type : {"Suspended", "FailureTarget", "SuccessCriteriaMet"}) {
        if (has_condition(object, type)) return type;
    }
    return "Running";
}

std::string job_completions(const json::value& object) {
    const auto succeeded = number_at(object, {"status", "succeeded"});
    if (find_at(object, {"spec", "completions"})) {
        return fmt::format("{}/{}", succeeded, number_at(object, {"spec", "completions"}));
    }
    const auto parallelism = number_at(object, {"spec", "parallelism"});
    return parallelism > 1 ? fmt::format("{}/1 of {}", succeeded, parallelism)
                           : fmt::format("{}/1", succeeded);
}

std::string job_duration(const json::value& object, Instant now) {
    const auto start = parse_rfc3339(text_at(object, {"status", "startTime"}));
    if (!start) return "";
    const auto end = parse_rfc3339(text_at(object, {"status", "completionTime"}));
    return human_duration(end.value_or(now) - *start);
}

json::array job_cells(const json::value& object, Instant now) {
    static const json::value kNothing = json::object{};
    const auto* pod = find_at(object, {"spec", "template", "spec"});
    if (!pod) pod = &kNothing;
    return {name_of(object),
            job_status(object),
            job_completions(object),
            job_duration(object, now),
            created_age(object, now),
            container_texts(*pod, "name"),
            container_texts(*pod, "image"),
            selector_text(find_at(object, {"spec", "selector"}))};
}

/// How to read an event of either API.
struct EventNames {
    std::string_view object = "involvedObject";
    std::string_view message = "message";
    std::string_view source = "source";
    std::string_view controller = "reportingComponent";
    std::string_view first = "firstTimestamp";
    std::string_view last = "lastTimestamp";
    std::string_view count = "count";
};
constexpr EventNames kNewNames{"regarding",
                               "note",
                               "deprecatedSource",
                               "reportingController",
                               "deprecatedFirstTimestamp",
                               "deprecatedLastTimestamp",
                               "deprecatedCount"};

std::string event_source(const json::value& event, const EventNames& names) {
    std::vector<std::string_view> parts;
    auto component = text_at(event, {names.source, "component"});
    auto host = text_at(event, {names.source, "host"});
    if (component.empty()) component = text_at(event, {names.controller});
    if (host.empty()) host = text_at(event, {"reportingInstance"});
    for (auto part : {component, host}) {
        if (!part.empty()) parts.push_back(part);
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

json::array event_cells(const json::value& event, Instant now, const EventNames& names) {
    auto first = age(text_at(event, {names.first}), now, "");
    if (first.empty()) first = age(text_at(event, {"eventTime"}), now, "<unknown>");
    auto last = age(text_at(event, {names.last}), now, "");
    if (last.empty()) last = first;
    auto count = number_at(event, {names.count});
    if (find_at(event, {"series"})) {
        count = number_at(event, {"series", "count"});
        last = age(text_at(event, {"series", "lastObservedTime"}), now, last.c_str());
    } else if (count == 0) {
        count = 1;
    }
    std::string kind(text_at(event, {names.object, "kind"}));
    for (auto& c : kind) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto name = text_at(event, {names.object, "name"});
    std::string message(text_at(event, {names.message}));
    message.erase(message.find_last_not_of(" \t\r\n") + 1);
    return {last,
            text_at(event, {"type"}),
            text_at(event, {"reason"}),
            name.empty() ? kind : fmt::format("{}/{}", kind, name),
            text_at(event, {names.object, "fieldPath"}),
            event_source(event, names),
            message,
            first,
            count,
            name_of(event)};
}

}  // namespace

std::span<const Column> columns_of(const ResourceType& type) {
    if (type.kind == "CronJob") return kCronJobColumns;
    if (type.kind == "Job") return kJobColumns;
    if (type.kind == "Event") return kEventColumns;
    if (type.kind == "Lease") return kLeaseColumns;
    if (type.kind == "Namespace") return kNamespaceColumns;
    return kOtherColumns;
}

json::array cells_of(const ResourceType& type, const json::value& object, Instant now) {
    if (type.kind == "CronJob") return cron_job_cells(object, now);
    if (type.kind == "Job") return job_cells(object, now);
    if (type.kind == "Event") {
        return event_cells(object, now, type.group.empty() ? EventNames{} : kNewNames);
    }
    if (type.kind == "Lease") {
        return {name_of(object), text_at(object, {"spec", "holderIdentity"}),
                created_age(object, now)};
    }
    if (type.kind == "Namespace") {
        return {name_of(object), text_at(object, {"status", "phase"}), created_age(object, now)};
    }
    return {name_of(object), text_at(object, {"metadata", "creationTimestamp"})};
}

}  // namespace dsm::cluster

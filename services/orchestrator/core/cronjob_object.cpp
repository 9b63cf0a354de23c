#include "services/orchestrator/core/cronjob_object.hpp"

#include <boost/json/serialize.hpp>

#include "libs/base/digest.hpp"
#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

constexpr std::string_view kAnnotationPrefix = "dsm.agile-corp.org/";
constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";
constexpr std::string_view kManager = "dsm";
/// Of the product's image: a user without rights, so that "restricted" admits the Pod.
constexpr std::int64_t kUser = 65532;

json::object identity_labels(const CronJobRequest& request) {
    return {{"cronjob", cronjob_name(request.project, request.sprint)},
            {"project", label_value(request.project.str())},
            {"sprint", label_value(request.sprint.str())}};
}

json::object variable(std::string_view name, std::string_view value) {
    return {{"name", name}, {"value", value}};
}

json::object container(const CronJobTemplate& common, const CronJobRequest& request) {
    return {
        {"name", "run-dailyscrum"},
        {"image", common.image},
        {"command", json::array{"dsm", "daily-scrum"}},
        {"env", json::array{variable("PROJECT_ID", request.project.str()),
                            variable("SPRINT_ID", request.sprint.str()),
                            variable("PROJECT_SERVICE_URL", common.project_url),
                            variable("SPRINT_SERVICE_URL", common.sprint_url),
                            variable("CHRONICLE_SERVICE_URL", common.chronicle_url)}},
        {"securityContext",
         {{"allowPrivilegeEscalation", false},
          {"readOnlyRootFilesystem", true},
          {"capabilities", {{"drop", json::array{"ALL"}}}}}},
    };
}

json::object pod_template(const CronJobTemplate& common, const CronJobRequest& request) {
    json::object labels{{"app", "dailyscrum-run"}, {"env", "production"}};
    for (const auto& [name, value] : identity_labels(request)) labels.emplace(name, value);
    json::object spec{
        {"restartPolicy", "Never"},
        {"automountServiceAccountToken", false},
        {"securityContext",
         {{"runAsNonRoot", true},
          {"runAsUser", kUser},
          {"runAsGroup", kUser},
          {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
        // Not with braces: an array of one object would be read as that object.
        {"containers", json::array(1, json::value(container(common, request)))},
    };
    return {{"metadata", {{"labels", std::move(labels)}}}, {"spec", std::move(spec)}};
}

json::object cronjob_spec(const CronJobTemplate& common, const CronJobRequest& request) {
    json::object spec{{"schedule", request.schedule}};
    if (request.time_zone) spec.emplace("timeZone", *request.time_zone);
    spec.emplace("suspend", false);
    spec.emplace("concurrencyPolicy", "Forbid");
    spec.emplace("startingDeadlineSeconds", 3600);
    spec.emplace("successfulJobsHistoryLimit", 3);
    spec.emplace("failedJobsHistoryLimit", 3);
    json::object job{{"backoffLimit", 2},
                     {"activeDeadlineSeconds", 1800},
                     {"ttlSecondsAfterFinished", 604'800},
                     {"template", pod_template(common, request)}};
    spec.emplace("jobTemplate", json::object{{"spec", std::move(job)}});
    return spec;
}

/// The member, or nullptr; safe on anything.
const json::value* member(const json::value* value, std::string_view name) {
    return value && value->is_object() ? value->get_object().if_contains(name) : nullptr;
}

const json::value* at(const json::object& object, std::initializer_list<std::string_view> path) {
    const json::value* value = nullptr;
    for (const std::string_view name : path) {
        value = value ? member(value, name) : object.if_contains(name);
        if (!value) return nullptr;
    }
    return value;
}

bool same_scalar(const json::value& a, const json::value& b) {
    // 3 may come back as 3 of another kind of number.
    if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
    return a == b;
}

std::string path_of(const std::string& parent, std::string_view name) {
    return parent.empty() ? std::string(name) : parent + "." + std::string(name);
}

/// Adds the paths at which `existing` is not what `expected` asks for; members that only `existing`
/// has are tolerated, elements are not.
void collect_differences(const json::value& expected, const json::value* existing,
                         const std::string& path, std::vector<std::string>& fields) {
    if (expected.is_object()) {
        if (!existing || !existing->is_object()) return fields.push_back(path);
        for (const auto& [name, value] : expected.get_object()) {
            collect_differences(value, member(existing, name), path_of(path, name), fields);
        }
        return;
    }
    if (expected.is_array()) {
        const auto& wanted = expected.get_array();
        if (!existing || !existing->is_array() || existing->get_array().size() != wanted.size()) {
            return fields.push_back(path);
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            std::vector<std::string> inside;
            collect_differences(wanted[i], &existing->get_array()[i], path, inside);
            // A container's fields are worth naming; what a variable or a word differs in is not.
            if (!inside.empty() && !path.ends_with("containers")) return fields.push_back(path);
            fields.insert(fields.end(), inside.begin(), inside.end());
        }
        return;
    }
    if (!existing || !same_scalar(expected, *existing)) fields.push_back(path);
}

/// Members that nobody asked for and that change what runs, when or as whom.
void collect_additions(const json::object& existing, const json::object& expected,
                       std::vector<std::string>& fields) {
    const auto unasked = [&](std::initializer_list<std::string_view> path) {
        const json::value* found = at(existing, path);
        if (!found || found->is_null() || at(expected, path)) return;
        if (found->is_array() && found->get_array().empty()) return;
        std::string text;
        for (const std::string_view name : path) text = path_of(text, name);
        fields.push_back(std::move(text));
    };
    unasked({"metadata", "deletionTimestamp"});
    unasked({"spec", "timeZone"});
    for (const char* name : {"suspend", "parallelism", "completions", "podFailurePolicy"}) {
        unasked({"spec", "jobTemplate", "spec", name});
    }
    for (const char* name : {"initContainers", "serviceAccountName", "nodeSelector", "affinity",
                             "hostNetwork", "volumes"}) {
        unasked({"spec", "jobTemplate", "spec", "template", "spec", name});
    }
    const json::value* containers =
        at(existing, {"spec", "jobTemplate", "spec", "template", "spec", "containers"});
    if (!containers || !containers->is_array() || containers->get_array().empty()) return;
    for (const char* name : {"args", "envFrom", "workingDir", "lifecycle", "volumeMounts"}) {
        const json::value* found = member(&containers->get_array().front(), name);
        if (!found || found->is_null()) continue;
        fields.push_back(fmt::format("spec.jobTemplate.spec.template.spec.containers.{}", name));
    }
}

}  // namespace

json::object cronjob_object(const CronJobTemplate& common, const CronJobRequest& request) {
    json::object labels = identity_labels(request);
    labels.emplace("team", "scrum");
    labels.emplace(kManagedByLabel, kManager);
    labels.emplace("app.kubernetes.io/name", "daily-scrum");

    json::object spec = cronjob_spec(common, request);
    json::object annotations;
    const auto annotate = [&](std::string_view name, std::string_view value) {
        annotations.emplace(std::string(kAnnotationPrefix) + std::string(name), value);
    };
    annotate("project-id", request.project.str());
    annotate("sprint-id", request.sprint.str());
    if (request.decision) annotate("decision-id", request.decision->str());
    if (!request.imprint.empty()) annotate("decision", request.imprint);
    annotate("spec-hash", sha256_hex(json::serialize(spec)));

    return {{"apiVersion", "batch/v1"},
            {"kind", "CronJob"},
            {"metadata",
             {{"name", cronjob_name(request.project, request.sprint)},
              {"namespace", common.name_space},
              {"labels", std::move(labels)},
              {"annotations", std::move(annotations)}}},
            {"spec", std::move(spec)}};
}

bool is_managed(const json::object& object) {
    const json::value* manager = at(object, {"metadata", "labels", kManagedByLabel});
    return manager && manager->is_string() && manager->get_string() == kManager;
}

std::string annotation(const json::object& object, std::string_view name) {
    const std::string key = std::string(kAnnotationPrefix) + std::string(name);
    const json::value* value = at(object, {"metadata", "annotations", key});
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool belongs_to(const json::object& object, const ProjectId& project) {
    return is_managed(object) && annotation(object, "project-id") == project.str();
}

CronJobState compare_cronjob(const json::object& existing, const json::object& expected) {
    CronJobState state;
    state.managed = is_managed(existing);
    if (const json::value* suspend = at(existing, {"spec", "suspend"})) {
        state.suspended = suspend->is_bool() && suspend->get_bool();
    }
    for (const char* name : {"project-id", "sprint-id"}) {
        if (annotation(existing, name) != annotation(expected, name)) {
            state.different_fields.push_back(
                fmt::format("metadata.annotations.{}{}", kAnnotationPrefix, name));
        }
    }
    json::object wanted = expected.at("spec").as_object();
    wanted.erase("suspend");  // said on its own
    collect_differences(wanted, existing.if_contains("spec"), "spec", state.different_fields);
    collect_additions(existing, expected, state.different_fields);
    return state;
}

}  // namespace dsm::orchestrator

// What is refused, in the server's words and order.
#include "cluster/objects/validation.hpp"

#include <gtest/gtest.h>

#include "cluster/objects/decode.hpp"
#include "cluster/objects/defaults.hpp"

namespace dsm::cluster {
namespace {

const ResourceType& type_of(std::string_view plural) {
    for (const auto& type : registry()) {
        if (type.plural == plural) return type;
    }
    std::abort();
}

json::value object_of(std::string_view plural, std::string_view body) {
    const auto& type = type_of(plural);
    auto decoded = decode_body(type, body, BodyFormat::kYaml, FieldValidation::kStrict);
    EXPECT_TRUE(decoded) << decoded.error().message;
    auto object = decoded ? decoded->object : json::value(json::object{});
    if (type.namespaced && text_at(object, {"metadata", "namespace"}).empty()) {
        object_at(object, {"metadata"})["namespace"] = "default";
    }
    identify(type, object, "u-1", Instant{});
    prepare_for_create(type, object);
    return object;
}

/// The message of the refusal; "" if the object is fine.
std::string refusal(std::string_view plural, std::string_view body) {
    const auto object = object_of(plural, body);
    const auto errors = validate_create(type_of(plural), object);
    if (errors.empty()) return "";
    return invalid(type_of(plural), text_at(object, {"metadata", "name"}), errors).message;
}

std::string cron_job(std::string_view spec, std::string_view name = "a") {
    return fmt::format(
        "metadata: {{name: {}}}\nspec:\n  schedule: \"0 14 * * *\"\n{}\n  jobTemplate: {{spec: "
        "{{template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: i}}]}}}}}}}}\n",
        name, spec);
}

TEST(Validation, ListsTheErrorsOfARecordedRefusalInItsOrder) {
    EXPECT_EQ(
        refusal("cronjobs", R"(
metadata: {name: Bad_Name}
spec:
  schedule: ""
  concurrencyPolicy: Sometimes
  successfulJobsHistoryLimit: -1
  jobTemplate: {spec: {template: {spec: {restartPolicy: Always, containers: []}}}}
)"),
        "CronJob.batch \"Bad_Name\" is invalid: [metadata.name: Invalid value: \"Bad_Name\": a "
        "lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex "
        "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        ", spec.schedule: Required value, spec.concurrencyPolicy: Unsupported value: "
        "\"Sometimes\": supported values: \"Allow\", \"Forbid\", \"Replace\", "
        "spec.jobTemplate.spec.template.spec.containers: Required value, "
        "spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "
        "\"OnFailure\", \"Never\", spec.successfulJobsHistoryLimit: Invalid value: -1: must be "
        "greater than or equal to 0]");
}

TEST(Validation, RefusesCronJobsWithTheServersWords) {
    struct Case {
        std::string spec;
        std::string message;
    };
    const std::string head = "CronJob.batch \"a\" is invalid: ";
    const Case cases[] = {
        {"  timeZone: \"\"",
         "spec.timeZone: Invalid value: \"\": timeZone must be nil or non-empty string"},
        {"  timeZone: Europe/Nowhere",
         "spec.timeZone: Invalid value: \"Europe/Nowhere\": unknown time zone Europe/Nowhere"},
        {"  timeZone: ../etc/passwd",
         "spec.timeZone: Invalid value: \"../etc/passwd\": unknown time zone ../etc/passwd"},
        {"  timeZone: Local",
         "spec.timeZone: Invalid value: \"Local\": timeZone must be an explicit time zone as "
         "defined in https://www.iana.org/time-zones"},
        {"  startingDeadlineSeconds: -1",
         "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0"},
        {"  failedJobsHistoryLimit: -2",
         "spec.failedJobsHistoryLimit: Invalid value: -2: must be greater than or equal to 0"},
    };

    for (const auto& each : cases) {
        EXPECT_EQ(refusal("cronjobs", cron_job(each.spec)), head + each.message);
    }
    EXPECT_EQ(refusal("cronjobs", cron_job("  timeZone: Europe/Berlin")), "");
}

TEST(Validation, RefusesSchedulesTheControllerCannotRead) {
    struct Case {
        std::string_view schedule;
        std::string_view message;
    };
    const Case cases[] = {
        {"61 14 * * *",
         "spec.schedule: Invalid value: \"61 14 * * *\": end of range (61) above maximum (59): 61"},
        {"not cron",
         "spec.schedule: Invalid value: \"not cron\": expected exactly 5 fields, found 2: [not "
         "cron]"},
        {"TZ=UTC 0 1 * * *",
         "spec.schedule: Invalid value: \"TZ=UTC 0 1 * * *\": cannot use TZ or CRON_TZ in "
         "schedule, use timeZone field instead"},
    };

    for (const auto& each : cases) {
        auto object = object_of("cronjobs", cron_job(""));
        object_at(object, {"spec"})["schedule"] = each.schedule;
        const auto errors = validate_create(type_of("cronjobs"), object);
        ASSERT_EQ(errors.size(), 1U) << each.schedule;
        EXPECT_EQ(errors[0].field + ": " + errors[0].body, each.message);
    }
}

TEST(Validation, LimitsNames) {
    const std::string long_name(53, 'x');
    const std::string longer(64, 'x');

    EXPECT_EQ(refusal("cronjobs", cron_job("", long_name)),
              fmt::format("CronJob.batch \"{0}\" is invalid: metadata.name: Invalid value: "
                          "\"{0}\": must be no more than 52 characters",
                          long_name));
    EXPECT_EQ(refusal("jobs", fmt::format("metadata: {{name: {}}}\nspec: {{template: {{spec: "
                                          "{{restartPolicy: Never, containers: [{{name: c, image: "
                                          "i}}]}}}}}}",
                                          longer)),
              fmt::format("Job.batch \"{0}\" is invalid: spec.template.labels: Invalid value: "
                          "\"{0}\": must be no more than 63 characters",
                          longer));
    EXPECT_EQ(refusal("leases", "spec: {holderIdentity: a}"),
              "Lease.coordination.k8s.io \"\" is invalid: metadata.name: Required value: name or "
              "generateName is required");
    EXPECT_EQ(refusal("namespaces", "metadata: {name: a.b}"),
              "Namespace \"a.b\" is invalid: metadata.name: Invalid value: \"a.b\": must not "
              "contain dots");
}

TEST(Validation, ChecksMetadata) {
    struct Case {
        std::string_view metadata;
        std::string_view field;
        std::string_view body;
    };
    const Case cases[] = {
        {R"({"labels":{"bad label":"x"}})", "metadata.labels",
         "Invalid value: \"bad label\": name part must consist of alphanumeric characters, '-', "
         "'_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
         "'my.name',  or '123-abc', regex used for validation is "
         "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"},
        {R"({"labels":{"a":"b c"}})", "metadata.labels",
         "Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric "
         "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
         "'MyValue',  or 'my_value',  or '12345', regex used for validation is "
         "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"},
        {R"({"annotations":{"/x":""}})", "metadata.annotations",
         "Invalid value: \"/x\": prefix part must be non-empty"},
        {R"({"ownerReferences":[{"apiVersion":"v1","kind":"K","name":"","uid":"u"}]})",
         "metadata.ownerReferences.name", "Invalid value: \"\": must not be empty"},
        {R"({"finalizers":["x"]})", "metadata.finalizers[0]",
         "Invalid value: \"x\": name is neither a standard finalizer name nor is it fully "
         "qualified"},
        {R"({"finalizers":["orphan","foregroundDeletion"]})", "metadata.finalizers",
         "Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer orphan and "
         "foregroundDeletion cannot be both set"},
    };

    for (const auto& each : cases) {
        auto object = object_of("leases", "metadata: {name: a}");
        const auto metadata = json::parse(each.metadata);
        for (const auto& [name, value] : metadata.as_object()) {
            object_at(object, {"metadata"})[name] = value;
        }
        const auto errors = validate_create(type_of("leases"), object);
        ASSERT_EQ(errors.size(), 1U) << each.metadata;
        EXPECT_EQ(errors[0].field, each.field);
        EXPECT_EQ(errors[0].body, each.body);
    }
}

std::string job(std::string_view spec, std::string_view container = "{name: c, image: i}") {
    return fmt::format(
        "metadata: {{name: j}}\nspec:\n{}\n  template: {{spec: {{restartPolicy: "
        "Never, containers: [{}]}}}}\n",
        spec, container);
}

TEST(Validation, RefusesJobsWithTheServersWords) {
    struct Case {
        std::string body;
        std::string message;
    };
    const Case cases[] = {
        {job("  parallelism: -1"),
         "spec.parallelism: Invalid value: -1: must be greater than or equal to 0"},
        {job("  completionMode: Indexed\n  parallelism: 2"),
         "spec.completions: Required value: when completion mode is Indexed"},
        {job("  backoffLimitPerIndex: 1"),
         "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"},
        {job("", "{name: c}"), "spec.template.spec.containers[0].image: Required value"},
        {job("", "{name: c, image: i}, {name: c, image: i}"),
         "spec.template.spec.containers[1].name: Duplicate value: \"c\""},
        {job("", "{name: c, image: i, imagePullPolicy: Often}"),
         "spec.template.spec.containers[0].imagePullPolicy: Unsupported value: \"Often\": "
         "supported values: \"Always\", \"IfNotPresent\", \"Never\""},
        {job("", "{name: c, image: i, volumeMounts: [{name: v, mountPath: /x}]}"),
         "spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"v\""},
        {"metadata: {name: j}\nspec: {template: {spec: {restartPolicy: Sometimes, containers: "
         "[{name: c, image: i}]}}}",
         "[spec.template.spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: "
         "\"Always\", \"OnFailure\", \"Never\", spec.template.spec.restartPolicy: Unsupported "
         "value: \"Sometimes\": supported values: \"OnFailure\", \"Never\"]"},
    };

    for (const auto& each : cases) {
        EXPECT_EQ(refusal("jobs", each.body), "Job.batch \"j\" is invalid: " + each.message);
    }
    EXPECT_EQ(refusal("jobs", job("  completionMode: Indexed\n  completions: 3")), "");
}

TEST(Validation, KeepsWhatAJobMayNotChange) {
    const auto stored = object_of("jobs", job(""));
    auto wanted = stored;
    object_at(wanted, {"spec"})["completions"] = 2;
    auto allowed = stored;
    object_at(allowed, {"spec"})["parallelism"] = 3;
    object_at(allowed, {"spec"})["suspend"] = true;

    const auto errors = validate_update(type_of("jobs"), "", stored, wanted);

    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0],
              FieldError::invalid("spec.completions", json::value(2), "field is immutable"));
    EXPECT_EQ(validate_update(type_of("jobs"), "", stored, allowed), FieldErrors{});
}

TEST(Validation, OrdersTheConditionsOfAJob) {
    const auto stored = object_of("jobs", job(""));
    const auto with_status = [&](std::string_view status) {
        auto object = stored;
        object_at(object, {})["status"] = json::parse(status);
        return object;
    };
    const auto bodies = [&](const json::value& before, std::string_view status) {
        std::vector<std::string> out;
        for (const auto& each :
             validate_update(type_of("jobs"), "status", before, with_status(status))) {
            out.push_back(each.field + ": " + each.body);
        }
        return out;
    };

    EXPECT_EQ(bodies(stored, R"({"conditions":[{"type":"Failed","status":"True"}]})"),
              std::vector<std::string>{
                  "status.conditions: Invalid value: cannot set Failed=True condition without the "
                  "FailureTarget=true condition"});
    EXPECT_EQ(bodies(stored, R"({"startTime":"2025-01-01T00:00:00Z",
        "completionTime":"2025-01-01T00:01:00Z","conditions":[
        {"type":"SuccessCriteriaMet","status":"True"},{"type":"Complete","status":"True"}]})"),
              std::vector<std::string>{});
    EXPECT_EQ(bodies(with_status(R"({"conditions":[{"type":"Failed","status":"True"},
                                    {"type":"FailureTarget","status":"True"}]})"),
                     "{}")
                  .size(),
              2U);
    EXPECT_EQ(bodies(stored, R"({"active":1,"conditions":[{"type":"FailureTarget","status":"True"},
                                {"type":"Failed","status":"True"}]})"),
              std::vector<std::string>{
                  "status.active: Invalid value: 1: active>0 is invalid for finished job"});
}

TEST(Validation, ProtectsWhatAnUpdateMayNotTouch) {
    const auto stored = object_of("leases", "metadata: {name: a}");
    auto wanted = stored;
    object_at(wanted, {"metadata"})["uid"] = "other";
    auto dying = stored;
    object_at(dying, {"metadata"})["deletionTimestamp"] = "2025-01-01T00:00:00Z";
    auto clinging = dying;
    object_at(clinging, {"metadata"})["finalizers"] = json::array{"x"};

    EXPECT_EQ(validate_update(type_of("leases"), "", stored, wanted),
              FieldErrors{FieldError::invalid("metadata.uid", "other", "field is immutable")});
    const auto errors = validate_update(type_of("leases"), "", dying, clinging);
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0].field, "metadata.finalizers");
    EXPECT_EQ(errors[0].body,
              "Forbidden: no new finalizers can be added if the object is being deleted, found new "
              "finalizers []string{\"x\"}");
}

TEST(Validation, ChecksLeasesAndEvents) {
    EXPECT_EQ(refusal("leases", "metadata: {name: a}\nspec: {leaseDurationSeconds: 0}"),
              "Lease.coordination.k8s.io \"a\" is invalid: spec.leaseDurationSeconds: Invalid "
              "value: 0: must be greater than 0");
    EXPECT_EQ(
        refusal("events",
                "metadata: {name: e, namespace: ns}\ninvolvedObject: {namespace: "
                "other}"),
        "Event \"e\" is invalid: involvedObject.namespace: Invalid value: \"other\": does not "
        "match event.namespace");
    EXPECT_EQ(refusal("events", "metadata: {name: e}\ninvolvedObject: {namespace: default}"), "");
}

TEST(Validation, KeepsAnEventOfTheNewerApiButItsSeries) {
    const auto& type = *find_resource("events.k8s.io", "v1", "events");
    const auto stored = canonical(type, json::parse(R"({"metadata":{"name":"e",
        "namespace":"default"},"eventTime":"2025-01-01T00:00:00.000000Z","reason":"R","action":"A",
        "reportingController":"c","reportingInstance":"i","type":"Normal","note":"n"})"));
    auto counted = stored;
    object_at(counted, {"series"})["count"] = 2;
    auto reworded = stored;
    object_at(reworded, {})["note"] = "other";

    EXPECT_EQ(validate_update(type, "", stored, counted), FieldErrors{});
    EXPECT_EQ(validate_update(type, "", stored, reworded),
              FieldErrors{FieldError::invalid("message", "other", "field is immutable")});
}

TEST(Validation, WarnsOfDottedNames) {
    EXPECT_EQ(warnings_of(type_of("cronjobs"), object_of("cronjobs", cron_job("", "a.b")), nullptr),
              std::vector<std::string>{
                  "metadata.name: this is used in Pod names and hostnames, which can result in "
                  "surprising behavior; a DNS label is recommended: [must not contain dots]"});
    EXPECT_TRUE(
        warnings_of(type_of("cronjobs"), object_of("cronjobs", cron_job("")), nullptr).empty());
}

}  // namespace
}  // namespace dsm::cluster

#include "services/orchestrator/core/cronjob_object.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

constexpr const char* kContainers = "/spec/jobTemplate/spec/template/spec/containers/0";

json::object object_of(std::string project, std::string sprint,
                       std::string schedule = "0 14 * * 1-5") {
    return cronjob_object({.name_space = "dsm",
                           .image = "dsm:1",
                           .project_url = "http://project-service.dsm.svc.cluster.local",
                           .sprint_url = "http://sprint-service.dsm.svc.cluster.local",
                           .chronicle_url = "http://chronicle-service.dsm.svc.cluster.local"},
                          {.project = ProjectId(std::move(project)),
                           .sprint = SprintId(std::move(sprint)),
                           .schedule = std::move(schedule),
                           .decision = DecisionId("d-1")});
}

/// Sets the member or element at `pointer`, which is made if only the last part of it is missing.
void put(json::value& root, const std::string& pointer, json::value value) {
    const auto slash = pointer.rfind('/');
    json::value& parent = slash == 0 ? root : root.at_pointer(pointer.substr(0, slash));
    const std::string last = pointer.substr(slash + 1);
    if (parent.is_object()) {
        parent.as_object()[last] = std::move(value);
    } else if (const auto index = std::stoul(last); index == parent.as_array().size()) {
        parent.as_array().push_back(std::move(value));
    } else {
        parent.as_array()[index] = std::move(value);
    }
}

/// As an API server gives it back.
json::object stored(json::object object) {
    json::value value = object;
    put(value, "/metadata/uid", "u-1");
    put(value, "/metadata/managedFields", json::array());
    put(value, "/status", json::object());
    put(value, "/spec/jobTemplate/metadata", json::object());
    put(value, "/spec/jobTemplate/spec/template/spec/dnsPolicy", "ClusterFirst");
    put(value, "/spec/jobTemplate/spec/template/spec/schedulerName", "default-scheduler");
    put(value, std::string(kContainers) + "/imagePullPolicy", "IfNotPresent");
    put(value, std::string(kContainers) + "/resources", json::object());
    return value.as_object();
}

TEST(CronJobObject, IsWhatTheContractSays) {
    const json::value object = object_of("TEST-001", "TEST-001-S12");
    const auto text = [&](const char* pointer) {
        return json::serialize(object.at_pointer(pointer));
    };

    EXPECT_EQ(text("/apiVersion"), R"("batch/v1")");
    EXPECT_EQ(text("/metadata/name"), R"("run-dailyscrum-test-001-test-001-s12")");
    EXPECT_EQ(text("/metadata/labels"),
              R"({"cronjob":"run-dailyscrum-test-001-test-001-s12","project":"TEST-001",)"
              R"("sprint":"TEST-001-S12","team":"scrum","app.kubernetes.io/managed-by":"dsm",)"
              R"("app.kubernetes.io/name":"daily-scrum"})");
    const json::value& spec = object.at("spec");
    EXPECT_EQ(spec.at("schedule"), "0 14 * * 1-5");
    EXPECT_EQ(spec.as_object().if_contains("timeZone"), nullptr);
    EXPECT_EQ(spec.at("suspend"), false);
    EXPECT_EQ(spec.at("concurrencyPolicy"), "Forbid");
    EXPECT_EQ(spec.at("startingDeadlineSeconds"), 3600);
    EXPECT_EQ(spec.at("successfulJobsHistoryLimit"), 3);
    EXPECT_EQ(spec.at("failedJobsHistoryLimit"), 3);
    const json::value& job = spec.at_pointer("/jobTemplate/spec");
    EXPECT_EQ(job.at("backoffLimit"), 2);
    EXPECT_EQ(job.at("activeDeadlineSeconds"), 1800);
    EXPECT_EQ(job.at("ttlSecondsAfterFinished"), 604800);
    EXPECT_EQ(json::serialize(job.at_pointer("/template/metadata/labels")),
              R"({"app":"dailyscrum-run","env":"production",)"
              R"("cronjob":"run-dailyscrum-test-001-test-001-s12","project":"TEST-001",)"
              R"("sprint":"TEST-001-S12"})");
    const json::value& pod = job.at_pointer("/template/spec");
    EXPECT_EQ(pod.at("restartPolicy"), "Never");
    EXPECT_EQ(pod.at("automountServiceAccountToken"), false);
    EXPECT_EQ(json::serialize(pod.at_pointer("/containers/0/command")), R"(["dsm","daily-scrum"])");
    EXPECT_EQ(pod.at_pointer("/containers/0/name"), "run-dailyscrum");
    EXPECT_EQ(pod.at_pointer("/containers/0/image"), "dsm:1");
    EXPECT_EQ(json::serialize(pod.at_pointer("/containers/0/env/1")),
              R"({"name":"SPRINT_ID","value":"TEST-001-S12"})");
    EXPECT_EQ(pod.at_pointer("/containers/0/env").as_array().size(), 5U);
    EXPECT_EQ(annotation(object.as_object(), "decision-id"), "d-1");
    EXPECT_EQ(annotation(object.as_object(), "spec-hash").size(), 64U);
}

TEST(CronJobObject, PodSecurityRestrictedAdmitsIt) {
    const json::value object = object_of("P", "P-S01");
    const json::value& pod = object.at_pointer("/spec/jobTemplate/spec/template/spec");

    EXPECT_EQ(pod.at_pointer("/securityContext/runAsNonRoot"), true);
    EXPECT_EQ(pod.at_pointer("/securityContext/seccompProfile/type"), "RuntimeDefault");
    const json::value& container = pod.at_pointer("/containers/0/securityContext");
    EXPECT_EQ(container.at("allowPrivilegeEscalation"), false);
    EXPECT_EQ(json::serialize(container.at_pointer("/capabilities/drop")), R"(["ALL"])");
}

TEST(Mistake8, IdsAndSchedulesStayTheTextTheyAre) {
    const std::string hostile = "0 14 * * 1\"\n  suspend: true";
    const json::value object = json::parse(json::serialize(object_of("123", "on", hostile)));

    EXPECT_EQ(object.at_pointer("/spec/schedule"), json::string(hostile));
    EXPECT_EQ(object.at_pointer("/spec/suspend"), false);
    EXPECT_EQ(object.at_pointer("/metadata/labels/project"), "123");
    EXPECT_EQ(object.at_pointer("/metadata/labels/sprint"), "on");
    EXPECT_EQ(object.at_pointer(std::string(kContainers) + "/env/0/value"), "123");
}

TEST(CompareCronJob, ToleratesWhatAnApiServerAdds) {
    const json::object expected = object_of("P", "P-S01");
    json::object other_decision = stored(expected);
    other_decision["metadata"].as_object()["annotations"].as_object().erase(
        "dsm.agile-corp.org/decision-id");

    EXPECT_EQ(compare_cronjob(stored(expected), expected), (CronJobState{.managed = true}));
    EXPECT_EQ(compare_cronjob(other_decision, expected), (CronJobState{.managed = true}));
}

TEST(Mistake11, ASuspendedOrAlteredCronJobIsNoHealthyOne) {
    struct Row {
        const char* pointer;
        json::value value;
        const char* field;
    };
    const std::string pod = "/spec/jobTemplate/spec/template/spec";
    const std::string pod_field = "spec.jobTemplate.spec.template.spec";
    const std::string args = pod + "/containers/0/args";
    const std::string image = pod + "/containers/0/image";
    const std::string env = pod + "/containers/0/env/1/value";
    const std::string command = pod + "/containers/0/command/1";
    const std::string sidecar = pod + "/containers/1";
    const std::string user = pod + "/securityContext/runAsNonRoot";
    const std::string containers = pod_field + ".containers";
    const std::string context = pod_field + ".securityContext.runAsNonRoot";
    const std::string of_args = containers + ".args";
    const std::string of_image = containers + ".image";
    const std::string of_env = containers + ".env";
    const std::string of_command = containers + ".command";
    const Row rows[] = {
        {"/spec/schedule", "0 15 * * *", "spec.schedule"},
        {"/spec/timeZone", "Europe/Berlin", "spec.timeZone"},
        {"/spec/concurrencyPolicy", "Allow", "spec.concurrencyPolicy"},
        {"/spec/startingDeadlineSeconds", 10, "spec.startingDeadlineSeconds"},
        {"/spec/jobTemplate/spec/backoffLimit", 6, "spec.jobTemplate.spec.backoffLimit"},
        {"/spec/jobTemplate/spec/suspend", true, "spec.jobTemplate.spec.suspend"},
        {image.c_str(), "dsm:0", of_image.c_str()},
        {env.c_str(), "P-S02", of_env.c_str()},
        {command.c_str(), "version", of_command.c_str()},
        {args.c_str(), json::array{"--help"}, of_args.c_str()},
        {sidecar.c_str(), json::object(), containers.c_str()},
        {user.c_str(), false, context.c_str()},
        {"/metadata/deletionTimestamp", "2025-08-31T14:05:00Z", "metadata.deletionTimestamp"},
    };
    const json::object expected = object_of("P", "P-S01");

    for (const Row& row : rows) {
        json::value changed = stored(expected);
        put(changed, row.pointer, row.value);
        EXPECT_EQ(compare_cronjob(changed.as_object(), expected),
                  (CronJobState{.managed = true, .different_fields = {row.field}}))
            << row.pointer;
    }
    json::value suspended = stored(expected);
    put(suspended, "/spec/suspend", true);
    EXPECT_EQ(compare_cronjob(suspended.as_object(), expected),
              (CronJobState{.managed = true, .suspended = true}));
}

TEST(CompareCronJob, AnObjectWithoutOurLabelIsForeignWhateverItHolds) {
    const json::object expected = object_of("P", "P-S01");
    for (const char* text :
         {R"({})", R"({"metadata":7,"spec":[]})", R"({"metadata":{"labels":null}})",
          R"({"metadata":{"labels":{"app.kubernetes.io/managed-by":"helm"}},"spec":{}})"}) {
        EXPECT_FALSE(compare_cronjob(json::parse(text).as_object(), expected).managed) << text;
    }
}

TEST(Mistake12, AnObjectBelongsToTheProjectThatItsAnnotationNames) {
    const json::object object = object_of("P", "P-S01");

    EXPECT_TRUE(belongs_to(object, ProjectId("P")));
    EXPECT_FALSE(belongs_to(object, ProjectId("p")));
    json::value unlabelled = object;
    put(unlabelled, "/metadata/labels", json::object());
    EXPECT_FALSE(belongs_to(unlabelled.as_object(), ProjectId("P")));
}

}  // namespace
}  // namespace dsm::orchestrator

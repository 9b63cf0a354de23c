// Objects as a real server shows them after a create, and what updates keep.
#include "cluster/objects/defaults.hpp"

#include <gtest/gtest.h>

#include "cluster/objects/decode.hpp"

namespace dsm::cluster {
namespace {

constexpr Instant kNow{std::chrono::seconds(1'756'600'000)};

json::value created(const ResourceType& type, std::string_view yaml) {
    auto decoded = decode_body(type, yaml, BodyFormat::kYaml, FieldValidation::kStrict);
    EXPECT_TRUE(decoded) << decoded.error().message;
    auto object = decoded->object;
    identify(type, object, "u-1", kNow);
    prepare_for_create(type, object);
    return sorted(canonical(type, object));
}

json::value yaml_of(std::string_view text) {
    return sorted(*parse_yaml(text));
}

TEST(Defaults, OfACronJobAreThoseOfTheRecordedOne) {
    const auto& type = *find_resource("batch", "v1", "cronjobs");

    const auto object = created(type, R"(
metadata: {name: x0, namespace: ns, labels: {app: a}, uid: mine, generation: 9, selfLink: s}
spec:
  schedule: "0 14 * * 1-5"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        metadata: {labels: {app: run}}
        spec:
          restartPolicy: Never
          containers:
          - {name: c, image: busybox, command: [dsm], env: [{name: A, value: "1"}]}
status: {lastScheduleTime: "2025-01-01T00:00:00Z"}
)");

    EXPECT_EQ(object, yaml_of(R"(
apiVersion: batch/v1
kind: CronJob
metadata:
  creationTimestamp: "2025-08-31T00:26:40Z"
  generation: 1
  labels: {app: a}
  name: x0
  namespace: ns
  uid: u-1
spec:
  concurrencyPolicy: Forbid
  failedJobsHistoryLimit: 1
  jobTemplate:
    metadata: {}
    spec:
      backoffLimit: 2
      template:
        metadata: {labels: {app: run}}
        spec:
          containers:
          - command: [dsm]
            env: [{name: A, value: "1"}]
            image: busybox
            imagePullPolicy: Always
            name: c
            resources: {}
            terminationMessagePath: /dev/termination-log
            terminationMessagePolicy: File
          dnsPolicy: ClusterFirst
          restartPolicy: Never
          schedulerName: default-scheduler
          securityContext: {}
          terminationGracePeriodSeconds: 30
  schedule: 0 14 * * 1-5
  successfulJobsHistoryLimit: 3
  suspend: false
status: {}
)"));
}

TEST(Defaults, OfAJobAreThoseOfTheRecordedOne) {
    const auto& type = *find_resource("batch", "v1", "jobs");

    const auto object = created(type, R"(
metadata: {name: j0, namespace: ns, labels: {app: a}}
spec:
  suspend: true
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}
)");

    EXPECT_EQ(*find_at(object, {"spec"}), yaml_of(R"(
backoffLimit: 6
completionMode: NonIndexed
completions: 1
manualSelector: false
parallelism: 1
podReplacementPolicy: TerminatingOrFailed
selector: {matchLabels: {batch.kubernetes.io/controller-uid: u-1}}
suspend: true
template:
  metadata:
    labels:
      batch.kubernetes.io/controller-uid: u-1
      batch.kubernetes.io/job-name: j0
      controller-uid: u-1
      job-name: j0
  spec:
    containers:
    - image: busybox
      imagePullPolicy: Always
      name: c
      resources: {}
      terminationMessagePath: /dev/termination-log
      terminationMessagePolicy: File
    dnsPolicy: ClusterFirst
    restartPolicy: Never
    schedulerName: default-scheduler
    securityContext: {}
    terminationGracePeriodSeconds: 30
)"));
    EXPECT_EQ(*find_at(object, {"metadata", "labels"}), json::parse(R"({"app":"a"})"));
}

TEST(Defaults, GiveAJobWithoutLabelsTheGeneratedOnes) {
    const auto& type = *find_resource("batch", "v1", "jobs");

    const auto bare = created(type,
                              "metadata: {name: j}\nspec: {template: {spec: {containers: "
                              "[{name: c, image: i}]}}}");
    const auto labelled = created(type,
                                  "metadata: {name: j}\nspec: {template: {metadata: {labels: "
                                  "{a: b}}, spec: {containers: [{name: c, image: i}]}}}");

    EXPECT_EQ(find_at(bare, {"metadata", "labels"})->as_object().size(), 4U);
    EXPECT_EQ(*find_at(labelled, {"metadata", "labels"}), json::parse(R"({"a":"b"})"));
}

TEST(Defaults, ReachIntoVolumesProbesAndPorts) {
    const auto& type = *find_resource("batch", "v1", "jobs");

    const auto object = created(type, R"(
metadata: {name: j}
spec:
  backoffLimitPerIndex: 1
  template:
    spec:
      serviceAccountName: sa
      volumes:
      - {name: a}
      - {name: b, secret: {secretName: s}}
      - {name: c, hostPath: {path: /x}}
      containers:
      - name: c
        image: repo:5000/i
        ports: [{containerPort: 80}]
        resources: {limits: {cpu: 0.5, memory: 1024Mi}}
        livenessProbe: {httpGet: {port: 80}}
        env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
      - {name: d, image: "i:1.2"}
      - {name: e, image: "i@sha256:abc"}
)");

    const auto& pod = *find_at(object, {"spec", "template", "spec"});
    EXPECT_EQ(*find_at(pod, {"volumes"}), yaml_of(R"(
- {name: a, emptyDir: {}}
- {name: b, secret: {secretName: s, defaultMode: 420}}
- {name: c, hostPath: {path: /x, type: ""}}
)"));
    EXPECT_EQ(text_at(pod, {"serviceAccount"}), "sa");
    const auto& containers = array_at(pod, {"containers"});
    EXPECT_EQ(text_at(containers[0], {"imagePullPolicy"}), "Always");
    EXPECT_EQ(text_at(containers[1], {"imagePullPolicy"}), "IfNotPresent");
    EXPECT_EQ(text_at(containers[2], {"imagePullPolicy"}), "IfNotPresent");
    EXPECT_EQ(*find_at(containers[0], {"resources"}), yaml_of(R"(
limits: {cpu: 500m, memory: 1Gi}
)"));
    EXPECT_EQ(*find_at(containers[0], {"livenessProbe"}), yaml_of(R"(
httpGet: {path: /, port: 80, scheme: HTTP}
timeoutSeconds: 1
periodSeconds: 10
successThreshold: 1
failureThreshold: 3
)"));
    EXPECT_EQ(number_at(object, {"spec", "backoffLimit"}), 2'147'483'647);
}

TEST(Defaults, OfANamespaceAndAnEvent) {
    const auto space = created(*find_resource("", "v1", "namespaces"), "metadata: {name: space}");
    const auto event = created(*find_resource("", "v1", "events"),
                               "metadata: {name: e}\ninvolvedObject: {kind: CronJob}");

    EXPECT_EQ(*find_at(space, {"metadata", "labels"}),
              json::parse(R"({"kubernetes.io/metadata.name":"space"})"));
    EXPECT_EQ(*find_at(space, {"spec"}), json::parse(R"({"finalizers":["kubernetes"]})"));
    EXPECT_EQ(text_at(space, {"status", "phase"}), "Active");
    EXPECT_EQ(*find_at(event, {"source"}), json::object{});
    for (const char* time : {"eventTime", "firstTimestamp", "lastTimestamp"}) {
        ASSERT_NE(find_at(event, {time}), nullptr);
        EXPECT_TRUE(find_at(event, {time})->is_null());
    }
    EXPECT_EQ(*find_at(event, {"reportingComponent"}), "");
}

TEST(Updates, KeepStatusAndCountGenerationsOfTheSpec) {
    const auto& type = *find_resource("batch", "v1", "cronjobs");
    auto stored = created(type, R"(
metadata: {name: a}
spec:
  schedule: "0 1 * * *"
  jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: i}]}}}}
)");
    object_at(stored, {"status"})["lastScheduleTime"] = "2025-01-01T00:00:00Z";
    auto same = stored;
    object_at(same, {"metadata"})["generation"] = 77;
    object_at(same, {"metadata", "labels"})["x"] = "y";
    object_at(same, {}).erase("status");
    auto other = stored;
    object_at(other, {"spec"})["suspend"] = true;
    auto status = stored;
    object_at(status, {"spec"})["suspend"] = true;
    object_at(status, {"status"})["lastScheduleTime"] = "2025-01-02T00:00:00Z";

    prepare_for_update(type, "", stored, same);
    prepare_for_update(type, "", stored, other);
    prepare_for_update(type, "status", stored, status);

    EXPECT_EQ(number_at(same, {"metadata", "generation"}), 1);
    EXPECT_EQ(*find_at(same, {"status"}), *find_at(stored, {"status"}));
    EXPECT_EQ(number_at(other, {"metadata", "generation"}), 2);
    EXPECT_FALSE(is_true_at(status, {"spec", "suspend"}));
    EXPECT_EQ(text_at(status, {"status", "lastScheduleTime"}), "2025-01-02T00:00:00Z");
    EXPECT_EQ(number_at(status, {"metadata", "generation"}), 1);
}

TEST(Updates, ThatChangeOnlyBookkeepingChangeNothing) {
    const auto a = json::parse(R"({"metadata":{"name":"a","resourceVersion":"1","managedFields":[
        {"manager":"m","time":"2025-01-01T00:00:00Z"}]},"spec":{}})");
    const auto b = json::parse(R"({"spec":{},"metadata":{"resourceVersion":"2","name":"a",
        "managedFields":[{"manager":"m","time":"2025-01-02T00:00:00Z"}]}})");
    const auto c = json::parse(R"({"spec":{"x":1},"metadata":{"name":"a"}})");

    EXPECT_TRUE(is_same_object(a, b));
    EXPECT_FALSE(is_same_object(a, c));
}

TEST(Events, ReadTheSameInBothApis) {
    const auto core =
        canonical(*find_kind("v1", "Event"),
                  json::parse(R"({"apiVersion":"v1","kind":"Event","metadata":{"name":"e"},
          "involvedObject":{"kind":"CronJob","name":"x"},"message":"m","reason":"R","count":2,
          "source":{"component":"c"},"firstTimestamp":"2025-01-01T00:00:00Z","type":"Normal"})"));

    const auto fresh = to_new_event(core);

    EXPECT_EQ(text_at(fresh, {"note"}), "m");
    EXPECT_EQ(text_at(fresh, {"regarding", "name"}), "x");
    EXPECT_EQ(number_at(fresh, {"deprecatedCount"}), 2);
    EXPECT_EQ(to_core_event(fresh), core);
}

TEST(GeneratedNames, LeaveRoomForTheSuffix) {
    EXPECT_EQ(generated_name("job-", "abcde"), "job-abcde");
    EXPECT_EQ(generated_name(std::string(80, 'x'), "abcde"), std::string(58, 'x') + "abcde");
}

}  // namespace
}  // namespace dsm::cluster

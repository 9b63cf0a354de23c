// Ownership: the managedFields a real server left after the same writes, and its conflicts.
#include <gtest/gtest.h>

#include "cluster/objects/decode.hpp"
#include "cluster/objects/defaults.hpp"
#include "cluster/objects/managed_fields.hpp"
#include "cluster/objects/patch.hpp"

namespace dsm::cluster {
namespace {

const ResourceType& cron_jobs() {
    return *find_resource("batch", "v1", "cronjobs");
}

Instant at(int second) {
    return Instant{std::chrono::seconds(1'756'600'000 + second)};
}

constexpr std::string_view kFirst = R"({"apiVersion":"batch/v1","kind":"CronJob",
  "metadata":{"name":"x0","namespace":"ns","labels":{"app":"a","team":"scrum"},
              "annotations":{"note":"hello"}},
  "spec":{"schedule":"0 14 * * 1-5","concurrencyPolicy":"Forbid","jobTemplate":{"spec":{
    "backoffLimit":2,"template":{"metadata":{"labels":{"app":"dailyscrum-run"}},"spec":{
      "restartPolicy":"Never","containers":[{"name":"c","image":"busybox",
        "command":["dsm","daily-scrum"],
        "env":[{"name":"PROJECT_ID","value":"TEST-001"},
               {"name":"SPRINT_ID","value":"TEST-001-S12"}]}]}}}}}})";

/// A server for one object: every write goes the way a request does.
class OneObject {
public:
    json::value stored;
    bool exists = false;

    void create(std::string_view body, const std::string& manager) {
        auto object =
            decode_body(cron_jobs(), body, BodyFormat::kJson, FieldValidation::kStrict)->object;
        identify(cron_jobs(), object, "u-1", at(0));
        track_update(cron_jobs(), nullptr, object, {manager, "", tick()});
        prepare_for_create(cron_jobs(), object);
        stored = std::move(object);
        exists = true;
    }

    void update(const json::value& wanted, const std::string& manager,
                const std::string& subresource = "") {
        auto object = decode_patched(cron_jobs(), wanted, FieldValidation::kStrict)->object;
        apply_defaults(cron_jobs(), object);
        track_update(cron_jobs(), &stored, object, {manager, subresource, tick()});
        prepare_for_update(cron_jobs(), subresource, stored, object);
        if (!is_same_object(stored, object)) stored = std::move(object);
    }

    void strategic(std::string_view patch, const std::string& manager) {
        const auto patched = apply_strategic_patch(cron_jobs(), stored, patch);
        ASSERT_TRUE(patched) << patched.error().message;
        update(*patched, manager);
    }

    void replace(std::string_view body, const std::string& manager) {
        auto wanted = json::parse(body);
        update(wanted, manager);
    }

    /// "" if it was applied, else the refusal's message.
    std::string apply(std::string_view body, const std::string& manager, Force force = Force::kNo,
                      const std::string& subresource = "") {
        const auto merged =
            server_side_apply(cron_jobs(), exists ? &stored : nullptr, *parse_apply_body(body),
                              {manager, subresource, tick()}, force);
        if (!merged) {
            error = merged.error();
            return error.message;
        }
        auto object = decode_patched(cron_jobs(), *merged, FieldValidation::kStrict)->object;
        if (exists) {
            apply_defaults(cron_jobs(), object);
            prepare_for_update(cron_jobs(), subresource, stored, object);
        } else {
            identify(cron_jobs(), object, "u-1", at(0));
            prepare_for_create(cron_jobs(), object);
        }
        stored = std::move(object);
        exists = true;
        return "";
    }

    /// fieldsV1 of a manager; null if it owns nothing.
    json::value owned_by(std::string_view manager) const {
        for (const auto& entry : array_at(stored, {"metadata", "managedFields"})) {
            if (text_at(entry, {"manager"}) == manager) return *find_at(entry, {"fieldsV1"});
        }
        return nullptr;
    }

    ApiError error;

private:
    Instant tick() { return at(++seconds_); }
    int seconds_ = 0;
};

TEST(ManagedFields, OfACreateNameWhatWasSetAndWhatWasDefaulted) {
    OneObject object;
    object.create(R"({"metadata":{"name":"a","namespace":"ns"},"spec":{"schedule":"0 1 * * *",
        "jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never",
          "containers":[{"name":"c","image":"i"}]}}}}}})",
                  "kubectl-create");

    EXPECT_EQ(object.owned_by("kubectl-create"), json::parse(R"({"f:spec":{
        "f:concurrencyPolicy":{},"f:failedJobsHistoryLimit":{},"f:schedule":{},
        "f:successfulJobsHistoryLimit":{},"f:suspend":{},
        "f:jobTemplate":{"f:spec":{"f:template":{"f:spec":{
          "f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},
            "f:name":{},"f:resources":{},"f:terminationMessagePath":{},
            "f:terminationMessagePolicy":{}}},
          "f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},
          "f:terminationGracePeriodSeconds":{}}}}}}})"));
}

/// The writes of the recorded kubectl session, and the entries it showed at the end.
TEST(ManagedFields, AreThoseOfARealServerAfterTheSameWrites) {
    OneObject object;
    object.create(kFirst, "kubectl-create");
    object.strategic(R"({"metadata":{"annotations":
        {"kubectl.kubernetes.io/last-applied-configuration":"{}"}}})",
                     "kubectl-client-side-apply");
    object.strategic(R"({"metadata":{"annotations":{"note":null,
          "kubectl.kubernetes.io/last-applied-configuration":"{2}"}},
        "spec":{"concurrencyPolicy":null,"schedule":"30 9 * * 1-5","timeZone":"Europe/Berlin",
          "jobTemplate":{"spec":{"backoffLimit":null,"template":{"metadata":null,"spec":{
            "$setElementOrder/containers":[{"name":"c"}],
            "containers":[{"name":"c","image":"busybox:2","command":null,"env":null}]}}}}}})",
                     "kubectl-client-side-apply");
    object.strategic(R"({"spec":{"suspend":true}})", "kubectl-patch");
    object.strategic(R"({"spec":{"suspend":false}})", "kubectl-patch");
    object.strategic(R"({"spec":{"schedule":"5 4 * * *"}})", "kubectl-patch");
    object.strategic(R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[
        {"name":"c","env":[{"name":"A","value":"1"}]}]}}}}}})",
                     "kubectl-patch");
    object.strategic(R"({"metadata":{"labels":{"a":"b"}}})", "kubectl-label");
    object.strategic(R"({"metadata":{"labels":{"a":"c"}}})", "kubectl-label");
    object.strategic(R"({"metadata":{"labels":{"a":null}}})", "kubectl-label");
    object.strategic(R"({"metadata":{"annotations":{"a":"b"}}})", "kubectl-annotate");
    object.strategic(R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":{
        "$setElementOrder/containers":[{"name":"c"}],
        "containers":[{"name":"c","image":"alpine"}]}}}}}})",
                     "kubectl-set");
    object.replace(kFirst, "kubectl-replace");
    ASSERT_EQ(object.apply(kFirst, "kubectl"), "");

    EXPECT_EQ(object.owned_by("kubectl"), json::parse(R"({
      "f:metadata":{"f:annotations":{"f:note":{}},"f:labels":{"f:app":{},"f:team":{}}},
      "f:spec":{"f:concurrencyPolicy":{},"f:schedule":{},"f:jobTemplate":{"f:spec":{
        "f:backoffLimit":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{
          "f:restartPolicy":{},"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:command":{},
            "f:image":{},"f:name":{},"f:env":{
              "k:{\"name\":\"PROJECT_ID\"}":{".":{},"f:name":{},"f:value":{}},
              "k:{\"name\":\"SPRINT_ID\"}":{".":{},"f:name":{},"f:value":{}}}}}}}}}}})"));
    EXPECT_EQ(object.owned_by("kubectl-create"), json::parse(R"({
      "f:metadata":{"f:annotations":{},"f:labels":{".":{},"f:app":{},"f:team":{}}},
      "f:spec":{"f:failedJobsHistoryLimit":{},"f:successfulJobsHistoryLimit":{},
        "f:jobTemplate":{"f:spec":{"f:template":{"f:spec":{
          "f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:imagePullPolicy":{},"f:name":{},
            "f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},
          "f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},
          "f:terminationGracePeriodSeconds":{}}}}}}})"));
    EXPECT_EQ(object.owned_by("kubectl-patch"), json::parse(R"({"f:spec":{"f:suspend":{},
      "f:jobTemplate":{"f:spec":{"f:template":{"f:spec":{"f:containers":{
        "k:{\"name\":\"c\"}":{"f:env":{}}}}}}}}})"));
    EXPECT_EQ(object.owned_by("kubectl-replace"), json::parse(R"({
      "f:metadata":{"f:annotations":{"f:note":{}}},
      "f:spec":{"f:concurrencyPolicy":{},"f:schedule":{},"f:jobTemplate":{"f:spec":{
        "f:backoffLimit":{},"f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{
          "f:containers":{"k:{\"name\":\"c\"}":{"f:command":{},"f:image":{},"f:env":{
            "k:{\"name\":\"PROJECT_ID\"}":{".":{},"f:name":{},"f:value":{}},
            "k:{\"name\":\"SPRINT_ID\"}":{".":{},"f:name":{},"f:value":{}}}}}}}}}}})"));
    const auto& entries = array_at(object.stored, {"metadata", "managedFields"});
    ASSERT_EQ(entries.size(), 4U);
    EXPECT_EQ(text_at(entries[0], {"operation"}), "Apply");
    EXPECT_EQ(find_at(entries[0], {"time"}), nullptr) << "an apply that changed nothing";
    EXPECT_EQ(number_at(object.stored, {"metadata", "generation"}), 8);
}

TEST(Apply, RefusesWhatIsNoSuchObjectWithTheServersWords) {
    struct Case {
        std::string_view body;
        int code;
        std::string_view message;
    };
    const Case cases[] = {
        {R"({"spec":{}})", 400, "invalid object type: /, Kind="},
        {R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"managedFields":[{}]}})", 400,
         "metadata.managedFields must be nil"},
        {R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a"},"spec":{"foo":1}})",
         500,
         "failed to create typed patch object (/a; batch/v1, Kind=CronJob): .spec.foo: field not "
         "declared in schema"},
        {R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a","namespace":"ns"},
             "spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[
               {"name":"c"},{"name":"c"}]}}}}}})",
         500,
         "failed to create typed patch object (ns/a; batch/v1, Kind=CronJob): "
         ".spec.jobTemplate.spec.template.spec.containers: duplicate entries for key [name=\"c\"]"},
        {R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a","uid":"u"}})", 409,
         "Operation cannot be fulfilled on cronjobs.batch \"a\": uid mismatch: the provided object "
         "specified uid u, and no existing object was found"},
    };

    for (const auto& each : cases) {
        OneObject object;
        EXPECT_EQ(object.apply(each.body, "m"), each.message);
        EXPECT_EQ(object.error.code, each.code);
    }
}

constexpr std::string_view kApplied = R"({"apiVersion":"batch/v1","kind":"CronJob",
  "metadata":{"name":"a","namespace":"ns"},"spec":{"schedule":"0 1 * * *","jobTemplate":{"spec":
    {"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}}})";

TEST(Apply, NamesWhoOwnsWhatWouldChange) {
    OneObject object;
    object.apply(kApplied, "first");
    object.strategic(R"({"spec":{"suspend":true,"timeZone":"UTC"}})", "editor");

    EXPECT_EQ(object.apply(R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a"},
                              "spec":{"schedule":"0 2 * * *"}})",
                           "second"),
              "Apply failed with 1 conflict: conflict with \"first\": .spec.schedule");
    EXPECT_EQ(object.error.code, 409);
    EXPECT_EQ(object.error.details, json::parse(R"({"causes":[{"reason":"FieldManagerConflict",
        "message":"conflict with \"first\"","field":".spec.schedule"}]})"));
    EXPECT_EQ(object.apply(R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a"},
                              "spec":{"suspend":false,"timeZone":"Europe/Berlin"}})",
                           "second"),
              "Apply failed with 2 conflicts: conflicts with \"editor\" using batch/v1:\n- "
              ".spec.suspend\n- .spec.timeZone");
    EXPECT_EQ(object.apply(R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a"},
        "spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[
          {"name":"c","image":"other"}]}}}}}})",
                           "second"),
              "Apply failed with 1 conflict: conflict with \"first\": "
              ".spec.jobTemplate.spec.template.spec.containers[name=\"c\"].image");
}

TEST(Apply, LetsKubectlTakeOverWhatItAppliedFromTheClientSide) {
    OneObject object;
    auto body = json::parse(kApplied);
    object_at(body,
              {"metadata", "annotations"})["kubectl.kubernetes.io/last-applied-configuration"] =
        std::string(kApplied);
    object.create(json::serialize(body), "kubectl-client-side-apply");
    constexpr std::string_view kNext = R"({"apiVersion":"batch/v1","kind":"CronJob",
        "metadata":{"name":"a"},"spec":{"schedule":"0 2 * * *"}})";

    EXPECT_EQ(object.apply(kNext, "other"),
              "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using "
              "batch/v1: .spec.schedule");
    EXPECT_EQ(object.apply(kNext, "kubectl"), "");
    EXPECT_EQ(text_at(object.stored, {"spec", "schedule"}), "0 2 * * *");
}

TEST(Apply, TakesFieldsWhenForcedAndSharesEqualOnes) {
    OneObject object;
    object.apply(kApplied, "first");
    constexpr std::string_view kSame = R"({"apiVersion":"batch/v1","kind":"CronJob",
        "metadata":{"name":"a"},"spec":{"schedule":"0 1 * * *"}})";
    constexpr std::string_view kOther = R"({"apiVersion":"batch/v1","kind":"CronJob",
        "metadata":{"name":"a"},"spec":{"schedule":"0 2 * * *"}})";

    EXPECT_EQ(object.apply(kSame, "second"), "");
    EXPECT_EQ(object.owned_by("second"), json::parse(R"({"f:spec":{"f:schedule":{}}})"));
    EXPECT_EQ(object.apply(kOther, "second", Force::kYes), "");
    EXPECT_EQ(text_at(object.stored, {"spec", "schedule"}), "0 2 * * *");
    const auto first = object.owned_by("first");
    EXPECT_EQ(find_at(first, {"f:spec", "f:schedule"}), nullptr);
    EXPECT_NE(find_at(first, {"f:spec", "f:jobTemplate"}), nullptr);
}

TEST(Apply, RemovesWhatItNoLongerSetsUnlessSomebodyElseOwnsIt) {
    OneObject object;
    object.apply(R"({"apiVersion":"batch/v1","kind":"CronJob",
      "metadata":{"name":"a","namespace":"ns","labels":{"x":"1","y":"2"}},
      "spec":{"schedule":"0 1 * * *","timeZone":"UTC","jobTemplate":{"spec":{"template":{"spec":{
        "restartPolicy":"Never","containers":[{"name":"c","image":"i",
          "env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]}]}}}}}})",
                 "m");
    object.strategic(R"({"metadata":{"labels":{"z":"3"}}})", "editor");
    object.apply(R"({"apiVersion":"batch/v1","kind":"CronJob",
      "metadata":{"name":"a","labels":{"y":"2"}}})",
                 "other");

    ASSERT_EQ(object.apply(R"({"apiVersion":"batch/v1","kind":"CronJob",
      "metadata":{"name":"a","namespace":"ns"},
      "spec":{"schedule":"0 1 * * *","jobTemplate":{"spec":{"template":{"spec":{
        "restartPolicy":"Never","containers":[{"name":"c","image":"i",
          "env":[{"name":"B","value":"2"}]}]}}}}}})",
                           "m"),
              "");

    EXPECT_EQ(*find_at(object.stored, {"metadata", "labels"}), json::parse(R"({"y":"2","z":"3"})"));
    EXPECT_EQ(find_at(object.stored, {"spec", "timeZone"}), nullptr);
    const auto& containers =
        array_at(object.stored, {"spec", "jobTemplate", "spec", "template", "spec", "containers"});
    EXPECT_EQ(*find_at(containers[0], {"env"}), json::parse(R"([{"name":"B","value":"2"}])"));
}

TEST(Apply, KeepsOrInsertsListElementsInAnOrderThatSuitsBoth) {
    OneObject object;
    const auto body = [](std::string_view env) {
        return fmt::format(R"({{"apiVersion":"batch/v1","kind":"CronJob","metadata":{{"name":"a",
          "namespace":"ns"}},"spec":{{"schedule":"0 1 * * *","jobTemplate":{{"spec":{{"template":{{
          "spec":{{"restartPolicy":"Never","containers":[{{"name":"c","image":"i","env":[{}]}}]
          }}}}}}}}}}}})",
                           env);
    };
    object.apply(body(R"({"name":"A"},{"name":"B"})"), "m");

    ASSERT_EQ(object.apply(body(R"({"name":"X"},{"name":"B"})"), "n"), "");

    const auto& containers =
        array_at(object.stored, {"spec", "jobTemplate", "spec", "template", "spec", "containers"});
    EXPECT_EQ(*find_at(containers[0], {"env"}),
              json::parse(R"([{"name":"A"},{"name":"X"},{"name":"B"}])"));
}

TEST(Apply, OwnsWhatWasThereBeforeAsBeforeFirstApply) {
    OneObject object;
    object.create(kFirst, "someone");
    erase_at(object.stored, {"metadata"}, "managedFields");

    object.strategic(R"({"spec":{"suspend":true}})", "untracked");
    EXPECT_EQ(find_at(object.stored, {"metadata", "managedFields"}), nullptr);
    EXPECT_EQ(object.apply(R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"x0"},
                              "spec":{"schedule":"0 2 * * *"}})",
                           "m"),
              "Apply failed with 1 conflict: conflict with \"before-first-apply\" using batch/v1: "
              ".spec.schedule");
}

TEST(ManagedFields, EndWhenAClientClearsThem) {
    OneObject object;
    object.create(kFirst, "someone");
    auto wanted = object.stored;
    object_at(wanted, {"metadata"})["managedFields"] = json::array{json::object{}};

    object.update(wanted, "someone");

    EXPECT_EQ(find_at(object.stored, {"metadata", "managedFields"}), nullptr);
}

TEST(ManagedFields, OfStatusAndObjectAreApart) {
    OneObject object;
    object.create(kFirst, "someone");
    auto wanted = object.stored;
    object_at(wanted, {"status"})["lastScheduleTime"] = "2025-08-31T14:00:00Z";

    object.update(wanted, "controller", "status");

    EXPECT_EQ(object.owned_by("controller"),
              json::parse(R"({"f:status":{"f:lastScheduleTime":{}}})"));
    EXPECT_EQ(text_at(array_at(object.stored, {"metadata", "managedFields"})[1], {"subresource"}),
              "status");
}

TEST(ManagedFields, MergeTheOldestOfManyUpdaters) {
    OneObject object;
    object.create(kFirst, "someone");
    for (int i = 0; i < 15; ++i) {
        object.strategic(fmt::format(R"({{"metadata":{{"labels":{{"l{}":"v"}}}}}})", i),
                         fmt::format("m{}", i));
    }

    EXPECT_EQ(array_at(object.stored, {"metadata", "managedFields"}).size(), 10U);
    EXPECT_NE(find_at(object.owned_by("ancient-changes"), {"f:metadata", "f:labels", "f:l3"}),
              nullptr);
    EXPECT_TRUE(object.owned_by("m14").is_object());
}

}  // namespace
}  // namespace dsm::cluster

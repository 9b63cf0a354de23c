// Creates, updates, patches and deletes as clients send them.
#include "cluster/rest/fixture.hpp"

namespace dsm::cluster {
namespace {

class Writes : public RestTest {
protected:
    static Fields type(std::string content_type) { return {{"Content-Type", content_type}}; }
    json::value merge(std::string_view name, std::string patch, std::string query = "") {
        return ask("PATCH", path(name) + query, std::move(patch),
                   type("application/merge-patch+json"));
    }
};

TEST_F(Writes, GiveANewObjectWhatOnlyTheServerGives) {
    const auto response = call("POST", std::string(kCronJobs), cronjob("a"));

    EXPECT_EQ(response.status, 201);
    const json::value made = body(response);
    EXPECT_EQ(text_at(made, {"kind"}), "CronJob");
    EXPECT_EQ(text_at(made, {"metadata", "namespace"}), "dsm");
    EXPECT_EQ(text_at(made, {"metadata", "creationTimestamp"}), "2026-03-02T10:00:00Z");
    EXPECT_EQ(text_at(made, {"metadata", "uid"}).size(), 36);
    EXPECT_EQ(number_at(made, {"metadata", "generation"}), 1);
    EXPECT_EQ(version(made), std::to_string(store_->revision()));
}

TEST_F(Writes, AcceptYaml) {
    const std::string yaml =
        "metadata: {name: l}\nspec: {holderIdentity: me, leaseDurationSeconds: 15}\n";

    const auto made = call("POST", "/apis/coordination.k8s.io/v1/namespaces/dsm/leases", yaml,
                           type("application/yaml"));
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(text_at(body(made), {"spec", "holderIdentity"}), "me");
}

TEST_F(Writes, WarnOfUnknownFieldsOrRefuseThem) {
    std::string wrong = cronjob("a");
    wrong.replace(wrong.find("\"schedule\""), 10, "\"shedule\":\"x\",\"schedule\"");

    const auto strict = call("POST", std::string(kCronJobs) + "?fieldValidation=Strict", wrong);
    EXPECT_EQ(strict.status, 400);
    const auto warned = call("POST", std::string(kCronJobs), wrong);
    EXPECT_EQ(warned.status, 201);
    EXPECT_EQ(warned.headers.find("Warning"), "299 - \"unknown field \\\"spec.shedule\\\"\"");
}

TEST_F(Writes, MakeANameFromAPrefix) {
    std::string body_text = cronjob("a");
    body_text.replace(body_text.find("\"name\":\"a\""), 10, "\"generateName\":\"run-\"");

    const json::value made = ask("POST", std::string(kCronJobs), body_text);
    const auto name = text_at(made, {"metadata", "name"});
    EXPECT_TRUE(name.starts_with("run-"));
    EXPECT_EQ(name.size(), 9);
}

TEST_F(Writes, LeaveNothingBehindInADryRun) {
    const Revision before = store_->revision();

    const auto made = call("POST", std::string(kCronJobs) + "?dryRun=All", cronjob("a"));
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(version(body(made)), "");
    EXPECT_EQ(call("GET", path("a")).status, 404);
    EXPECT_EQ(store_->revision(), before);
    EXPECT_EQ(call("POST", std::string(kCronJobs) + "?dryRun=Some", cronjob("a")).status, 422);
}

TEST_F(Writes, RefuseAnUpdateOfAnOldVersion) {
    const json::value old = create("a");
    merge("a", R"({"spec":{"suspend":true}})");

    const auto stale = call("PUT", path("a"), json::serialize(old));
    EXPECT_EQ(stale.status, 409);
    EXPECT_EQ(text_at(body(stale), {"message"}),
              "Operation cannot be fulfilled on cronjobs.batch \"a\": the object has been "
              "modified; please apply your changes to the latest version and try again");
    const json::value patched =
        merge("a", R"({"metadata":{"resourceVersion":"1"},"spec":{"suspend":false}})");
    EXPECT_EQ(number_at(patched, {"code"}), 409);
}

TEST_F(Writes, OfALeaseMustSayWhichVersionTheyReplace) {
    const std::string leases = "/apis/coordination.k8s.io/v1/namespaces/dsm/leases";
    const std::string lease = R"({"metadata":{"name":"l"},"spec":{"holderIdentity":"me"}})";
    EXPECT_EQ(call("PUT", leases + "/l", lease).status, 201);

    const json::value refused = ask("PUT", leases + "/l", lease);
    EXPECT_EQ(text_at(refused, {"message"}),
              "leases.coordination.k8s.io \"l\" is invalid: metadata.resourceVersion: Invalid "
              "value: 0: must be specified for an update");
}

TEST_F(Writes, ThatChangeNothingAreNoWrites) {
    const json::value made = create("a");

    const json::value same = merge("a", R"({"spec":{"suspend":false}})");
    EXPECT_EQ(version(same), version(made));
    const json::value other = merge("a", R"({"spec":{"suspend":true}})");
    EXPECT_NE(version(other), version(made));
    EXPECT_EQ(number_at(other, {"metadata", "generation"}), 2);
}

TEST_F(Writes, KeepStatusAndSpecApart) {
    create("a");

    merge("a", R"({"status":{"lastScheduleTime":"2026-01-01T00:00:00Z"}})");
    EXPECT_EQ(text_at(ask("GET", path("a")), {"status", "lastScheduleTime"}), "");
    ask("PATCH", path("a/status"),
        R"({"spec":{"suspend":true},"status":{"lastScheduleTime":"2026-01-01T00:00:00Z"}})",
        type("application/merge-patch+json"));
    const json::value after = ask("GET", path("a"));
    EXPECT_EQ(text_at(after, {"status", "lastScheduleTime"}), "2026-01-01T00:00:00Z");
    EXPECT_FALSE(is_true_at(after, {"spec", "suspend"}));
}

TEST_F(Writes, ApplyOnTheServerAndTellConflicts) {
    const std::string apply = path("a") + "?fieldManager=one";
    const std::string wanted =
        R"({"apiVersion":"batch/v1","kind":"CronJob",)" + cronjob("a", R"({"app":"x"})").substr(1);
    EXPECT_EQ(call("PATCH", apply, wanted, type("application/apply-patch+yaml")).status, 201);
    std::string other = wanted;
    other.replace(other.find("0 14"), 4, "0 15");

    const auto conflict =
        call("PATCH", path("a") + "?fieldManager=two", other, type("application/apply-patch+yaml"));
    EXPECT_EQ(conflict.status, 409);
    EXPECT_EQ(text_at(body(conflict), {"message"}),
              "Apply failed with 1 conflict: conflict with \"one\": .spec.schedule");
    const auto forced = call("PATCH", path("a") + "?fieldManager=two&force=true", other,
                             type("application/apply-patch+yaml"));
    EXPECT_EQ(forced.status, 200);
    EXPECT_EQ(text_at(body(forced), {"spec", "schedule"}), "0 15 * * *");
    EXPECT_EQ(call("PATCH", path("a"), other, type("application/apply-patch+yaml")).status, 422);
}

TEST_F(Writes, DeleteAtOnceOrMarkTheObject) {
    const json::value made = create("a");
    const std::string uid(text_at(made, {"metadata", "uid"}));

    const json::value wrong = ask("DELETE", path("a"), R"({"preconditions":{"uid":"another"}})");
    EXPECT_EQ(number_at(wrong, {"code"}), 409);
    const json::value marked = ask("DELETE", path("a"), R"({"propagationPolicy":"Foreground"})");
    EXPECT_EQ(text_at(marked, {"kind"}), "CronJob");
    EXPECT_EQ(text_at(marked, {"metadata", "deletionTimestamp"}), "2026-03-02T10:00:00Z");
    const json::value gone = ask("DELETE", path("a"), R"({"propagationPolicy":"Background"})");
    EXPECT_EQ(text_at(gone, {"status"}), "Success");
    EXPECT_EQ(text_at(gone, {"details", "uid"}), uid);
    EXPECT_EQ(call("GET", path("a")).status, 404);
}

TEST_F(Writes, EndADeletedObjectWithItsLastFinalizer) {
    create("a");
    merge("a", R"({"metadata":{"finalizers":["example.com/wait"]}})");
    ask("DELETE", path("a"));
    ASSERT_EQ(call("GET", path("a")).status, 200);

    merge("a", R"({"metadata":{"finalizers":null}})");
    EXPECT_EQ(call("GET", path("a")).status, 404);
}

TEST_F(Writes, DeleteACollectionBySelector) {
    create("a", R"({"app":"x"})");
    create("b", R"({"app":"y"})");

    const json::value gone = ask("DELETE", std::string(kCronJobs) + "?labelSelector=app%3Dx");
    EXPECT_EQ(names(gone), std::vector<std::string>{"a"});
    EXPECT_EQ(names(ask("GET", std::string(kCronJobs))), std::vector<std::string>{"b"});
}

TEST_F(Writes, ShowAnEventInBothGroups) {
    const std::string event = R"({"metadata":{"name":"e"},"involvedObject":{"kind":"CronJob",)"
                              R"("name":"a","namespace":"dsm"},"reason":"Healed","message":"m",)"
                              R"("type":"Normal"})";
    ASSERT_EQ(call("POST", "/api/v1/namespaces/dsm/events", event).status, 201);

    const json::value core =
        ask("GET", "/api/v1/namespaces/dsm/events?fieldSelector=involvedObject.name%3Da");
    EXPECT_EQ(names(core), std::vector<std::string>{"e"});
    const json::value other =
        ask("GET", "/apis/events.k8s.io/v1/namespaces/dsm/events?fieldSelector=regarding.name%3Da");
    ASSERT_EQ(names(other), std::vector<std::string>{"e"});
    EXPECT_EQ(text_at(array_at(other, {"items"})[0], {"note"}), "m");
}

}  // namespace
}  // namespace dsm::cluster

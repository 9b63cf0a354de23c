// Refusals as Status objects, with the texts of a real server.
#include "cluster/objects/status.hpp"

#include <gtest/gtest.h>

namespace dsm::cluster {
namespace {

const ResourceType& cron_jobs() {
    return *find_resource("batch", "v1", "cronjobs");
}
const ResourceType& namespaces() {
    return *find_resource("", "v1", "namespaces");
}

TEST(Status, HasTheShapeOfTheRealOne) {
    EXPECT_EQ(to_status(not_found(cron_jobs(), "x")),
              json::parse(R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
                "message":"cronjobs.batch \"x\" not found","reason":"NotFound",
                "details":{"name":"x","group":"batch","kind":"cronjobs"},"code":404})"));
    EXPECT_EQ(to_status(not_found(namespaces(), "x")).at("details"),
              json::parse(R"({"name":"x","kind":"namespaces"})"));
    EXPECT_FALSE(to_status(bad_request("m")).as_object().contains("details"));
    EXPECT_EQ(to_status(too_many_requests("m", 3)).at("details"),
              json::parse(R"({"retryAfterSeconds":3})"));
    EXPECT_EQ(success_status(cron_jobs(), "x", "u").at("details"),
              json::parse(R"({"name":"x","group":"batch","kind":"cronjobs","uid":"u"})"));
}

TEST(Status, SaysItWithTheServersWords) {
    struct Case {
        ApiError error;
        int code;
        std::string_view reason;
        std::string_view message;
    };
    const Case cases[] = {
        {already_exists(cron_jobs(), "x"), 409, "AlreadyExists",
         "cronjobs.batch \"x\" already exists"},
        {already_exists(cron_jobs(), "x", true), 409, "AlreadyExists",
         "object is being deleted: cronjobs.batch \"x\" already exists"},
        {conflict(cron_jobs(), "x"), 409, "Conflict",
         "Operation cannot be fulfilled on cronjobs.batch \"x\": the object has been modified; "
         "please apply your changes to the latest version and try again"},
        {precondition_failed(cron_jobs(), "x", "why"), 409, "Conflict",
         "Operation cannot be fulfilled on CronJob.batch \"x\": why"},
        {forbidden(cron_jobs(), "", "User \"u\" cannot create"), 403, "Forbidden",
         "cronjobs.batch is forbidden: User \"u\" cannot create"},
        {forbidden(namespaces(), "n", "why"), 403, "Forbidden",
         "namespaces \"n\" is forbidden: why"},
        {forbidden_path("u", "get", "/x"), 403, "Forbidden",
         "forbidden: User \"u\" cannot get path \"/x\""},
        {unknown_resource(), 404, "NotFound", "the server could not find the requested resource"},
        {method_not_allowed(), 405, "MethodNotAllowed",
         "the server does not allow this method on the requested resource"},
        {expired("old"), 410, "Expired", "old"},
        {internal_error("x"), 500, "InternalError", "Internal error occurred: x"},
        {server_error("x"), 500, "", "x"},
        {too_large_resource_version(9, 4), 504, "Timeout",
         "Timeout: Too large resource version: 9, current: 4"},
        {unsupported_patch_type(), 415, "UnsupportedMediaType", "415: Unsupported Media Type"},
    };

    for (const auto& each : cases) {
        EXPECT_EQ(each.error.code, each.code);
        EXPECT_EQ(each.error.reason, each.reason);
        EXPECT_EQ(each.error.message, each.message);
    }
}

TEST(Status, ListsFieldErrorsOnceInTheMessageAndAllAsCauses) {
    const auto one = FieldError::required("spec.schedule");
    const auto two = FieldError::not_supported("spec.x", "v", {"a", "b"});

    const auto single = invalid(cron_jobs(), "n", {one});
    const auto several = invalid(cron_jobs(), "n", {one, one, two});

    EXPECT_EQ(single.message, "CronJob.batch \"n\" is invalid: spec.schedule: Required value");
    EXPECT_EQ(several.message,
              "CronJob.batch \"n\" is invalid: [spec.schedule: Required value, spec.x: "
              "Unsupported value: \"v\": supported values: \"a\", \"b\"]");
    EXPECT_EQ(several.details.at("causes").as_array().size(), 3U);
    EXPECT_EQ(several.details.at("kind"), "CronJob");
    EXPECT_EQ(several.details.at("causes").as_array()[2],
              json::parse(R"({"reason":"FieldValueNotSupported","field":"spec.x",
                  "message":"Unsupported value: \"v\": supported values: \"a\", \"b\""})"));
}

TEST(Status, PrintsValuesAsGoDoes) {
    EXPECT_EQ(FieldError::invalid("f", "a\"b\n", "d").body, "Invalid value: \"a\\\"b\\n\": d");
    EXPECT_EQ(FieldError::invalid("f", json::value(-1), "d").body, "Invalid value: -1: d");
    EXPECT_EQ(FieldError::invalid("f", 0, "d").body, "Invalid value: 0: d");
    EXPECT_EQ(FieldError::duplicate("f", "x").body, "Duplicate value: \"x\"");
    EXPECT_EQ(FieldError::too_long("f", 63).body, "Too long: may not be more than 63 bytes");
    EXPECT_EQ(FieldError::too_many("f", 9, 3).body, "Too many: 9: must have at most 3 items");
    EXPECT_EQ(FieldError::forbidden("f", "d").body, "Forbidden: d");
}

TEST(Resources, AreFoundByPathAndByKind) {
    EXPECT_EQ(find_resource("batch", "v1", "cronjobs")->qualified(), "cronjobs.batch");
    EXPECT_EQ(find_kind("v1", "Namespace")->qualified(), "namespaces");
    EXPECT_EQ(find_kind("events.k8s.io/v1", "Event")->storage, find_kind("v1", "Event")->storage);
    EXPECT_EQ(find_resource("batch", "v1beta1", "cronjobs"), nullptr);
    EXPECT_TRUE(is_known_group("batch"));
    EXPECT_FALSE(is_known_group("apps"));
    EXPECT_FALSE(find_kind("authorization.k8s.io/v1", "SelfSubjectAccessReview")->stored());
}

}  // namespace
}  // namespace dsm::cluster

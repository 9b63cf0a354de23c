// Bodies that are accepted, and the exact words for those that are not.
#include "cluster/objects/decode.hpp"

#include <gtest/gtest.h>

#include "cluster/objects/decode/typed.hpp"

namespace dsm::cluster {
namespace {

const ResourceType& cron_jobs() {
    return *find_resource("batch", "v1", "cronjobs");
}

std::string refusal(std::string_view body, BodyFormat format = BodyFormat::kJson,
                    FieldValidation validation = FieldValidation::kStrict) {
    const auto decoded = decode_body(cron_jobs(), body, format, validation);
    return decoded ? "accepted" : decoded.error().message;
}

TEST(Decode, RefusesABodyItCannotReadWithTheServersWords) {
    struct Case {
        std::string_view body;
        std::string_view message;
    };
    const Case cases[] = {
        {"",
         "the object provided is unrecognized (must be of type CronJob): couldn't get "
         "version/kind; json parse error: unexpected end of JSON input (<empty>)"},
        {R"({"kind":"CronJob","apiVersion":"batch/v1","spec":{"schedule":)",
         "the object provided is unrecognized (must be of type CronJob): couldn't get "
         "version/kind; json parse error: unexpected end of JSON input "
         R"(({"kind":"CronJob","apiVersion" ...))"},
        {R"({"spec":{"suspend":"yes"}})",
         "CronJob in version \"v1\" cannot be handled as a CronJob: json: cannot unmarshal string "
         "into Go struct field CronJobSpec.spec.suspend of type bool"},
        {R"({"spec":{"failedJobsHistoryLimit":2.0}})",
         "CronJob in version \"v1\" cannot be handled as a CronJob: json: cannot unmarshal number "
         "2.0 into Go struct field CronJobSpec.spec.failedJobsHistoryLimit of type int32"},
        {R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":7}]}}}}}})",
         "CronJob in version \"v1\" cannot be handled as a CronJob: json: cannot unmarshal number "
         "into Go struct field "
         "Container.spec.jobTemplate.spec.template.spec.containers.name of type string"},
        {R"({"spec":{"startingDeadlineSeconds":9223372036854775808}})",
         "CronJob in version \"v1\" cannot be handled as a CronJob: json: cannot unmarshal number "
         "9223372036854775808 into Go struct field CronJobSpec.spec.startingDeadlineSeconds of "
         "type int64"},
        {R"({"kind":"Job","apiVersion":"batch/v1"})",
         "Job in version \"v1\" cannot be handled as a CronJob: converting (v1.Job) to "
         "(batch.CronJob): unknown conversion"},
        {R"({"kind":"CronJob","apiVersion":"batch/v1beta1"})",
         "the API version in the data (batch/v1beta1) does not match the expected API version "
         "(batch/v1)"},
        {R"({"spec":{"shedule":"x"},"foo":1})",
         "CronJob in version \"v1\" cannot be handled as a CronJob: strict decoding error: unknown "
         "field \"spec.shedule\", unknown field \"foo\""},
        {R"({"spec":{"schedule":"a","schedule":"b"}})",
         "CronJob in version \"v1\" cannot be handled as a CronJob: strict decoding error: "
         "duplicate field \"spec.schedule\""},
        {R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":
             [{},{"imagee":""}]}}}}}})",
         "CronJob in version \"v1\" cannot be handled as a CronJob: strict decoding error: unknown "
         "field \"spec.jobTemplate.spec.template.spec.containers[1].imagee\""},
    };

    for (const auto& each : cases) EXPECT_EQ(refusal(each.body), each.message);
}

TEST(Decode, WarnsOfUnknownFieldsUnlessToldOtherwise) {
    const auto warned = decode_body(cron_jobs(), R"({"spec":{"foo":1,"schedule":"x"}})",
                                    BodyFormat::kJson, FieldValidation::kWarn);
    const auto ignored = decode_body(cron_jobs(), R"({"spec":{"foo":1}})", BodyFormat::kJson,
                                     FieldValidation::kIgnore);

    ASSERT_TRUE(warned && ignored);
    EXPECT_EQ(warned->warnings, std::vector<std::string>{"unknown field \"spec.foo\""});
    EXPECT_EQ(find_at(warned->object, {"spec", "foo"}), nullptr);
    EXPECT_EQ(text_at(warned->object, {"spec", "schedule"}), "x");
    EXPECT_TRUE(ignored->warnings.empty());
}

TEST(Decode, DropsWhatIsEmptyAndKeepsWhatIsPresentButZero) {
    const auto decoded = decode_body(
        cron_jobs(),
        R"({"metadata":{"name":"a","labels":{},"finalizers":[],"annotations":{"x":null}},
            "spec":{"suspend":false,"startingDeadlineSeconds":0,"concurrencyPolicy":"",
                    "timeZone":null}})",
        BodyFormat::kJson, FieldValidation::kStrict);

    ASSERT_TRUE(decoded);
    EXPECT_EQ(sorted(decoded->object), sorted(json::parse(
                                           R"({"apiVersion":"batch/v1","kind":"CronJob",
                      "metadata":{"name":"a","annotations":{"x":""}},
                      "spec":{"schedule":"","suspend":false,"startingDeadlineSeconds":0,
                        "jobTemplate":{"metadata":{},
                          "spec":{"template":{"metadata":{},"spec":{}}}}},
                      "status":{}})")));
}

TEST(Decode, WritesTimesAndQuantitiesTheCanonicalWay) {
    const auto* lease = find_resource("coordination.k8s.io", "v1", "leases");
    const auto decoded =
        decode_body(*lease,
                    R"({"metadata":{"creationTimestamp":"2025-08-31T16:05:00.9+02:00"},
                        "spec":{"renewTime":"2025-08-31T14:05:00.123456Z"}})",
                    BodyFormat::kJson, FieldValidation::kStrict);
    const auto bad = decode_body(*lease, R"({"spec":{"renewTime":"2025-08-31T14:05:00Z"}})",
                                 BodyFormat::kJson, FieldValidation::kStrict);

    ASSERT_TRUE(decoded);
    EXPECT_EQ(text_at(decoded->object, {"metadata", "creationTimestamp"}), "2025-08-31T14:05:00Z");
    EXPECT_EQ(text_at(decoded->object, {"spec", "renewTime"}), "2025-08-31T14:05:00.123456Z");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, 400);
    EXPECT_EQ(bad.error().message,
              "Lease in version \"v1\" cannot be handled as a Lease: parsing time "
              "\"2025-08-31T14:05:00Z\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse "
              "\"Z\" as \".000000\"");
}

TEST(Decode, ReadsYamlAsKubernetesDoes) {
    const auto decoded = decode_body(cron_jobs(), R"(
metadata: {name: a, labels: {on: "yes", n: "5"}}
spec:
  schedule: "0 14 * * *"
  suspend: yes
  failedJobsHistoryLimit: 0x10
)",
                                     BodyFormat::kYaml, FieldValidation::kStrict);

    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_TRUE(is_true_at(decoded->object, {"spec", "suspend"}));
    EXPECT_EQ(number_at(decoded->object, {"spec", "failedJobsHistoryLimit"}), 16);
    EXPECT_EQ(text_at(decoded->object, {"metadata", "labels", "n"}), "5");
    EXPECT_EQ(refusal("spec:\n  schedule: a\n  schedule: b\n", BodyFormat::kYaml),
              "CronJob in version \"v1\" cannot be handled as a CronJob: strict decoding error: "
              "yaml: unmarshal errors:\n  line 3: key \"schedule\" already set in map");
}

TEST(Decode, SaysWhatAPatchLeftUndecodable) {
    const auto decoded = decode_patched(cron_jobs(), json::parse(R"({"spec":{"suspend":"no"}})"),
                                        FieldValidation::kStrict);

    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, 422);
    EXPECT_EQ(
        decoded.error().message,
        " \"\" is invalid: patch: Invalid value: \"{\\\"spec\\\":{\\\"suspend\\\":\\\"no\\\"}}"
        "\": json: cannot unmarshal string into Go struct field CronJobSpec.spec.suspend of "
        "type bool");
}

TEST(Decode, BoundsTheDepthOfEveryText) {
    for (int depth : {900, 5'000, 200'000}) {
        const auto open = std::string(static_cast<std::size_t>(depth), '[');
        std::string object;
        for (int i = 0; i < depth; ++i) object += "{\"a\":";
        std::string block;
        for (int i = 0; i < std::min(depth, 3'000); ++i) {
            block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
        }

        EXPECT_NE(refusal(open), "accepted");
        EXPECT_NE(refusal(object), "accepted");
        EXPECT_NE(refusal(open, BodyFormat::kYaml), "accepted");
        EXPECT_NE(refusal(block, BodyFormat::kYaml), "accepted");
        EXPECT_NE(refusal(std::string(static_cast<std::size_t>(depth), '-'), BodyFormat::kYaml),
                  "accepted");
    }
}

TEST(Decode, BoundsWhatYamlAliasesMultiply) {
    std::string body = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
    for (char c = 'b'; c < 'l'; ++c) {
        body += fmt::format("{0}: &{0} [*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1}]\n", c,
                            static_cast<char>(c - 1));
    }

    const auto value = parse_yaml(body);

    ASSERT_FALSE(value);
    EXPECT_NE(value.error().find("excessive aliasing"), std::string::npos);
}

TEST(Decode, RefusesYamlThatIsTooLargeToBeParsedInTime) {
    std::string body = "a: [";
    while (body.size() < 300'000) body += "x,";
    body += "]";

    const auto value = parse_yaml(body);

    ASSERT_FALSE(value);
    EXPECT_NE(value.error().find("send JSON"), std::string::npos);
}

}  // namespace
}  // namespace dsm::cluster

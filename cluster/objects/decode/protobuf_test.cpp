// Protobuf bodies written by a small encoder here, and bodies that are damaged.
#include "cluster/objects/decode/protobuf.hpp"

#include <gtest/gtest.h>

#include <random>

#include "cluster/objects/decode.hpp"

namespace dsm::cluster {
namespace {

std::string varint(std::uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
    return out + static_cast<char>(value);
}
std::string number(int field, std::uint64_t value) {
    return varint(static_cast<std::uint64_t>(field) << 3) + varint(value);
}
std::string bytes(int field, const std::string& value) {
    return varint((static_cast<std::uint64_t>(field) << 3) | 2) + varint(value.size()) + value;
}
std::string envelope(const std::string& api_version, const std::string& kind,
                     const std::string& raw) {
    return std::string("k8s\0", 4) + bytes(1, bytes(1, api_version) + bytes(2, kind)) +
           bytes(2, raw) + bytes(3, "") + bytes(4, "");
}

std::string cron_job() {
    const auto container = bytes(1, "c") + bytes(2, "busybox") +
                           bytes(8, bytes(2, bytes(1, "cpu") + bytes(2, bytes(1, "500m"))));
    const auto secret = bytes(1, bytes(1, "s")) + bytes(2, "key");
    const auto env = bytes(1, "TOKEN") + bytes(3, bytes(4, secret));
    const auto volume = bytes(1, "v") + bytes(2, bytes(6, bytes(1, "sec")));
    const auto pod = bytes(1, volume) + bytes(2, container + bytes(7, env)) + bytes(3, "OnFailure");
    const auto job = bytes(6, bytes(1, "") + bytes(2, pod));
    const auto spec = bytes(1, "*/1 * * * *") + bytes(3, "") + number(4, 0) +
                      bytes(5, bytes(1, "") + bytes(2, job)) + number(6, 5);
    const auto metadata = bytes(1, "cc") + bytes(3, "default") + number(7, 0) + bytes(8, "") +
                          bytes(11, bytes(1, "app") + bytes(2, "a"));
    return envelope("batch/v1", "CronJob", bytes(1, metadata) + bytes(2, spec) + bytes(3, ""));
}

TEST(Protobuf, DecodesWhatKubectlSendsForACronJob) {
    const auto* type = find_resource("batch", "v1", "cronjobs");

    const auto decoded =
        decode_body(*type, cron_job(), BodyFormat::kProtobuf, FieldValidation::kStrict);

    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(sorted(decoded->object), sorted(json::parse(R"({
        "apiVersion":"batch/v1","kind":"CronJob",
        "metadata":{"name":"cc","namespace":"default","labels":{"app":"a"}},
        "spec":{"schedule":"*/1 * * * *","suspend":false,"successfulJobsHistoryLimit":5,
          "jobTemplate":{"metadata":{},"spec":{"template":{"metadata":{},"spec":{
            "restartPolicy":"OnFailure","volumes":[{"name":"v","secret":{"secretName":"sec"}}],
            "containers":[{"name":"c","image":"busybox","resources":{"requests":{"cpu":"500m"}},
              "env":[{"name":"TOKEN","valueFrom":{"secretKeyRef":{"name":"s","key":"key"}}}]}]}}}}},
        "status":{}})")));
}

TEST(Protobuf, ReadsAReview) {
    const auto attributes =
        bytes(1, "ns") + bytes(2, "create") + bytes(3, "batch") + bytes(5, "cronjobs");

    const auto value =
        decode_protobuf(envelope("authorization.k8s.io/v1", "SelfSubjectAccessReview",
                                 bytes(1, "") + bytes(2, bytes(1, attributes))));

    ASSERT_TRUE(value);
    EXPECT_EQ(text_at(*value, {"spec", "resourceAttributes", "verb"}), "create");
}

TEST(Protobuf, SaysWhatIsWrongWithABodyThatIsNone) {
    const auto json_text = decode_protobuf("{}");
    const auto unknown = decode_protobuf(envelope("v1", "Pod", ""));

    ASSERT_FALSE(json_text);
    EXPECT_EQ(json_text.error(),
              "provided data does not appear to be a protobuf message, expected prefix [107 56 115 "
              "0]");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error(), "no kind \"Pod\" is registered for version \"v1\"");
}

TEST(Protobuf, SurvivesDamagedBytes) {
    const auto whole = cron_job();
    std::mt19937 random(7);
    int decoded = 0;
    for (int round = 0; round < 5'000; ++round) {
        auto damaged = whole;
        for (int i = 0; i < 3; ++i)
            damaged[4 + random() % (whole.size() - 4)] = static_cast<char>(random());
        damaged.resize(4 + random() % (whole.size() - 3));
        decoded += decode_protobuf(damaged) ? 1 : 0;
    }

    EXPECT_LT(decoded, 5'000);
    EXPECT_TRUE(decode_protobuf(whole));
}

}  // namespace
}  // namespace dsm::cluster

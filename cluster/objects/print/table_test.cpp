// Tables as kubectl gets them.
#include "cluster/objects/table.hpp"

#include <gtest/gtest.h>

namespace dsm::cluster {
namespace {

constexpr Instant kNow{std::chrono::seconds(1'756'600'000)};  // 2025-08-31T00:26:40Z

json::array cells(std::string_view api_version, std::string_view kind, std::string_view object) {
    const json::value objects[] = {json::parse(object)};
    const auto table = render_table(*find_kind(api_version, kind), objects, {}, {.now = kNow});
    return table.at("rows").as_array()[0].as_object().at("cells").as_array();
}

TEST(Table, ShowsACronJob) {
    EXPECT_EQ(cells("batch/v1", "CronJob",
                    R"({"metadata":{"name":"x0","creationTimestamp":"2025-08-31T00:25:40Z"},
                        "spec":{"schedule":"0 14 * * 1-5","suspend":false,"jobTemplate":{"spec":{
                          "template":{"spec":{"containers":[{"name":"c","image":"busybox"},
                                                            {"name":"d","image":"i"}]}}}}},
                        "status":{"active":[{}],"lastScheduleTime":"2025-08-30T22:26:40Z"}})"),
              json::parse(R"(["x0","0 14 * * 1-5","<none>","False",1,"120m","60s","c,d",
                              "busybox,i","<none>"])")
                  .as_array());
    EXPECT_EQ(cells("batch/v1", "CronJob",
                    R"({"metadata":{"name":"x"},"spec":{"schedule":"s","timeZone":"UTC"}})"),
              json::parse(R"(["x","s","UTC","<unset>",0,"<none>","<unknown>","","","<none>"])")
                  .as_array());
}

TEST(Table, ShowsTheStateOfAJob) {
    struct Case {
        std::string_view spec;
        std::string_view status;
        std::string_view shown;  // status, completions, duration
    };
    const Case cases[] = {
        {"{}", "{}", R"(["Running","0/1",""])"},
        {R"({"completions":3})", R"({"succeeded":2,"startTime":"2025-08-31T00:26:00Z"})",
         R"(["Running","2/3","40s"])"},
        {R"({"parallelism":2})", R"({"conditions":[{"type":"Suspended","status":"True"}]})",
         R"(["Suspended","0/1 of 2",""])"},
        {R"({"completions":1})",
         R"({"succeeded":1,"startTime":"2025-08-30T00:00:00Z",
             "completionTime":"2025-08-30T00:05:10Z","conditions":[
             {"type":"SuccessCriteriaMet","status":"True"},{"type":"Complete","status":"True"}]})",
         R"(["Complete","1/1","5m10s"])"},
        {"{}", R"({"conditions":[{"type":"FailureTarget","status":"True"}]})",
         R"(["FailureTarget","0/1",""])"},
        {"{}",
         R"({"conditions":[{"type":"FailureTarget","status":"True"},
                           {"type":"Failed","status":"True"}]})",
         R"(["Failed","0/1",""])"},
    };

    for (const auto& each : cases) {
        const auto row = cells("batch/v1", "Job",
                               fmt::format(R"({{"metadata":{{"name":"j"}},"spec":{},"status":{}}})",
                                           each.spec, each.status));
        EXPECT_EQ(json::array({row[1], row[2], row[3]}), json::parse(each.shown).as_array());
    }
}

TEST(Table, ShowsAnEventInBothApis) {
    const auto core = cells("v1", "Event",
                            R"({"metadata":{"name":"e"},"type":"Normal","reason":"R",
                        "message":"done\n","involvedObject":{"kind":"CronJob","name":"x"},
                        "source":{"component":"cronjob-controller"},"count":3,
                        "firstTimestamp":"2025-08-31T00:16:40Z",
                        "lastTimestamp":"2025-08-31T00:26:00Z"})");
    const auto fresh = cells("events.k8s.io/v1", "Event",
                             R"({"metadata":{"name":"e"},"type":"Normal","reason":"R","note":"n",
                        "regarding":{"kind":"Job","name":"y"},"eventTime":
                        "2025-08-31T00:26:00.000000Z","reportingController":"c"})");

    EXPECT_EQ(core, json::parse(R"(["40s","Normal","R","cronjob/x","","cronjob-controller","done",
                                    "10m",3,"e"])")
                        .as_array());
    EXPECT_EQ(fresh,
              json::parse(R"(["40s","Normal","R","job/y","","c","n","40s",1,"e"])").as_array());
}

TEST(Table, CarriesWhatWasAskedFor) {
    const auto& type = *find_kind("coordination.k8s.io/v1", "Lease");
    const json::value objects[] = {
        json::parse(R"({"metadata":{"name":"l"},"spec":{"holderIdentity":"one"}})")};

    const auto table = render_table(type, objects, {{"resourceVersion", "7"}}, {.now = kNow});
    const auto bare = render_table(
        type, objects, {}, {.now = kNow, .include = IncludeObject::kNone, .with_columns = false});
    const auto full =
        render_table(type, objects, {}, {.now = kNow, .include = IncludeObject::kObject});

    EXPECT_EQ(text_at(table, {"metadata", "resourceVersion"}), "7");
    const auto& row = table.at("rows").as_array()[0];
    EXPECT_EQ(row.at("object"), json::parse(R"({"kind":"PartialObjectMetadata","apiVersion":
        "meta.k8s.io/v1","metadata":{"name":"l"}})"));
    EXPECT_EQ(text_at(table.at("columnDefinitions").as_array()[1], {"name"}), "Holder");
    EXPECT_TRUE(bare.at("columnDefinitions").is_null());
    EXPECT_TRUE(bare.at("rows").as_array()[0].at("object").is_null());
    EXPECT_EQ(full.at("rows").as_array()[0].at("object"), objects[0]);
    EXPECT_FALSE(include_object_of("Some"));
}

TEST(HumanDuration, RoundsAsKubectlDoes) {
    struct Case {
        std::int64_t seconds;
        std::string_view text;
    };
    const Case cases[] = {
        {-5, "<invalid>"},     {-1, "0s"},         {0, "0s"},       {119, "119s"},
        {120, "2m"},           {150, "2m30s"},     {600, "10m"},    {10'799, "179m"},
        {10'800, "3h"},        {20'000, "5h33m"},  {28'800, "8h"},  {172'799, "47h"},
        {172'800, "2d"},       {180'000, "2d2h"},  {691'200, "8d"}, {63'072'000, "2y"},
        {70'000'000, "2y80d"}, {252'288'000, "8y"}};

    for (const auto& each : cases) {
        EXPECT_EQ(human_duration(std::chrono::seconds(each.seconds)), each.text) << each.seconds;
    }
}

}  // namespace
}  // namespace dsm::cluster

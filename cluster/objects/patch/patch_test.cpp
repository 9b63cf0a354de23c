// Patches: what they make of a document, and what they refuse.
#include "cluster/objects/patch.hpp"

#include <gtest/gtest.h>

#include <random>

namespace dsm::cluster {
namespace {

struct Case {
    std::string_view document;
    std::string_view patch;
    std::string_view result;
};

TEST(JsonPatch, DoesWhatTheStandardSays) {
    const Case cases[] = {
        {R"({"a":1})", R"([{"op":"replace","path":"/a","value":2}])", R"({"a":2})"},
        {R"({"a":1})", R"([{"op":"replace","path":"/b","value":2}])", R"({"a":1,"b":2})"},
        {R"({"a":[1,3]})", R"([{"op":"add","path":"/a/1","value":2}])", R"({"a":[1,2,3]})"},
        {R"({"a":[1]})", R"([{"op":"add","path":"/a/-","value":2}])", R"({"a":[1,2]})"},
        {R"({"a":[1,2]})", R"([{"op":"remove","path":"/a/0"}])", R"({"a":[2]})"},
        {R"({"x/y~z":1})", R"([{"op":"remove","path":"/x~1y~0z"}])", "{}"},
        {R"({"a":{"b":1}})", R"([{"op":"move","from":"/a/b","path":"/c"}])", R"({"a":{},"c":1})"},
        {R"({"a":{"b":1}})", R"([{"op":"copy","from":"/a","path":"/c"}])",
         R"({"a":{"b":1},"c":{"b":1}})"},
        {R"({"a":1})", R"([{"op":"test","path":"/a","value":1},{"op":"remove","path":"/a"}])",
         "{}"},
        {R"({"a":1})", R"([{"op":"test","path":"/b","value":null}])", R"({"a":1})"},
    };

    for (const auto& each : cases) {
        const auto result = apply_json_patch(json::parse(each.document), each.patch);
        ASSERT_TRUE(result) << each.patch << ": " << result.error().message;
        EXPECT_EQ(*result, json::parse(each.result)) << each.patch;
    }
}

TEST(JsonPatch, RefusesWhatItCannotDo) {
    struct Refusal {
        std::string patch;
        int code;
        std::string message;
    };
    const std::string rejected = "the server rejected our request due to an error in our request";
    std::string many = "[";
    for (int i = 0; i < 10'001; ++i) many += R"({"op":"test","path":"/a","value":1},)";
    many.back() = ']';
    const Refusal cases[] = {
        {R"([{"op":"test","path":"/a","value":9}])", 422, rejected},
        {R"([{"op":"remove","path":"/nope"}])", 422, rejected},
        {R"([{"op":"add","path":"/b/c","value":1}])", 422, rejected},
        {R"([{"op":"jump","path":"/a"}])", 422, rejected},
        {R"([{"op":"move","from":"/a","path":"/a/b"}])", 422, rejected},
        {R"([{"op":"add"}])", 422, rejected},
        {R"([{"op":"add","path":"/l/99999999999999999999","value":1}])", 422, rejected},
        {R"({"a":1})", 400,
         "error decoding patch: json: cannot unmarshal object into Go value of type "
         "[]handlers.jsonPatchOp"},
        {"[5]", 400,
         "error decoding patch: json: cannot unmarshal number into Go value of type "
         "handlers.jsonPatchOp"},
        {"[", 400, "error decoding patch: unexpected end of JSON input"},
        {many, 413, "The allowed maximum operations in a JSON patch is 10000, got 10001"},
    };

    for (const auto& each : cases) {
        const auto result = apply_json_patch(json::parse(R"({"a":1,"l":[1]})"), each.patch);
        ASSERT_FALSE(result) << each.patch;
        EXPECT_EQ(result.error().code, each.code);
        EXPECT_EQ(result.error().message, each.message);
    }
}

TEST(JsonPatch, DoesNotGrowWithoutBoundByCopying) {
    std::string patch = "[";
    for (int i = 0; i < 60; ++i) {
        patch += fmt::format(R"({{"op":"copy","from":"","path":"/a{}"}},)", i);
    }
    patch.back() = ']';

    const auto result = apply_json_patch(json::parse(R"({"a":"aaaaaaaaaaaaaaaa"})"), patch);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, 422);
}

TEST(MergePatch, DoesWhatTheStandardSays) {
    const Case cases[] = {
        {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"b"})", R"({"a":null})", "{}"},
        {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
        {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
        {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
        {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
    };

    for (const auto& each : cases) {
        const auto result = apply_merge_patch(json::parse(each.document), each.patch);
        ASSERT_TRUE(result);
        EXPECT_EQ(*result, json::parse(each.result)) << each.patch;
    }
    EXPECT_EQ(apply_merge_patch(json::object{}, "{").error().message,
              "error decoding patch: unexpected end of JSON input");
}

/// A Job with the given pod spec members.
std::string job(std::string_view pod_spec) {
    return fmt::format(R"({{"spec":{{"template":{{"spec":{}}}}}}})", pod_spec);
}

const ResourceType& jobs() {
    return *find_resource("batch", "v1", "jobs");
}

TEST(StrategicPatch, MergesListsByTheirKeysAndObeysDirectives) {
    const Case cases[] = {
        // a known element is merged where it is
        {R"({"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]})",
         R"({"containers":[{"name":"b","image":"3"}]})",
         R"({"containers":[{"name":"a","image":"1"},{"name":"b","image":"3"}]})"},
        // a new one goes to the front
        {R"({"containers":[{"name":"a"}]})", R"({"containers":[{"name":"n"}]})",
         R"({"containers":[{"name":"n"},{"name":"a"}]})"},
        // unless an order says otherwise
        {R"({"containers":[{"name":"a"}]})",
         R"({"$setElementOrder/containers":[{"name":"a"},{"name":"n"}],
             "containers":[{"name":"n"}]})",
         R"({"containers":[{"name":"a"},{"name":"n"}]})"},
        // an order alone reorders
        {R"({"containers":[{"name":"a"},{"name":"b"}]})",
         R"({"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]})",
         R"({"containers":[{"name":"b"},{"name":"a"}]})"},
        {R"({"containers":[{"name":"a"},{"name":"b"}]})",
         R"({"containers":[{"name":"a","$patch":"delete"}]})", R"({"containers":[{"name":"b"}]})"},
        {R"({"containers":[{"name":"a"},{"name":"b"}]})",
         R"({"containers":[{"$patch":"replace"},{"name":"c"}]})",
         R"({"containers":[{"name":"c"}]})"},
        {R"({"securityContext":{"runAsUser":1,"fsGroup":2}})",
         R"({"securityContext":{"$patch":"replace","fsGroup":3}})",
         R"({"securityContext":{"fsGroup":3}})"},
        {R"({"securityContext":{"runAsUser":1}})", R"({"securityContext":{"$patch":"delete"}})",
         R"({"securityContext":{}})"},
        {R"({"securityContext":{"runAsUser":1}})", R"({"securityContext":null})", "{}"},
        // a list without a strategy is replaced
        {R"({"tolerations":[{"key":"a"},{"key":"b"}]})", R"({"tolerations":[{"key":"c"}]})",
         R"({"tolerations":[{"key":"c"}]})"},
        {R"({"volumes":[{"name":"v","emptyDir":{}}]})",
         R"({"volumes":[{"$retainKeys":["name","hostPath"],"name":"v","hostPath":{"path":"/x"}}]})",
         R"({"volumes":[{"name":"v","hostPath":{"path":"/x"}}]})"},
        {R"({"nodeSelector":{"a":"1","b":"2"}})", R"({"nodeSelector":{"a":null,"c":"3"}})",
         R"({"nodeSelector":{"b":"2","c":"3"}})"},
        // nulls in what is new are dropped
        {R"({})", R"({"securityContext":{"runAsUser":null,"fsGroup":1}})",
         R"({"securityContext":{"fsGroup":1}})"},
    };

    for (const auto& each : cases) {
        const auto result =
            apply_strategic_patch(jobs(), json::parse(job(each.document)), job(each.patch));
        ASSERT_TRUE(result) << each.patch << ": " << result.error().message;
        EXPECT_EQ(*result, json::parse(job(each.result))) << each.patch;
    }
}

TEST(StrategicPatch, MergesListsOfTextAndTakesThingsOut) {
    const Case cases[] = {
        {R"({"metadata":{"finalizers":["a"]}})", R"({"metadata":{"finalizers":["b"]}})",
         R"({"metadata":{"finalizers":["b","a"]}})"},
        {R"({"metadata":{"finalizers":["a","b"]}})",
         R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]}})",
         R"({"metadata":{"finalizers":["b"]}})"},
        {R"({"metadata":{"finalizers":["a","b"]}})",
         R"({"metadata":{"$setElementOrder/finalizers":["b","a","c"],"finalizers":["c"]}})",
         R"({"metadata":{"finalizers":["b","a","c"]}})"},
    };

    for (const auto& each : cases) {
        const auto result = apply_strategic_patch(jobs(), json::parse(each.document), each.patch);
        ASSERT_TRUE(result) << each.patch;
        EXPECT_EQ(*result, json::parse(each.result)) << each.patch;
    }
}

TEST(StrategicPatch, RefusesWithTheServersWords) {
    struct Refusal {
        std::string patch;
        int code;
        std::string message;
    };
    std::string many;
    for (int i = 0; i < 5'000; ++i) many += fmt::format("\"f{}\",", i);
    const Refusal cases[] = {
        {job(R"({"containers":[{"image":"x"}]})"), 500,
         "map: map[image:x] does not contain declared merge key: name"},
        {job(R"({"securityContext":{"$patch":"bogus"}})"), 500,
         "unknown patch type: bogus in map: map[$patch:bogus]"},
        {"[]", 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"},
        {"{", 400, "unexpected end of JSON input"},
        {R"({"metadata":{"finalizers":[)" + many + "\"f\"]}}", 500,
         "lists of more than 5000 elements cannot be merged"},
    };

    for (const auto& each : cases) {
        const auto result = apply_strategic_patch(
            jobs(), json::parse(R"({"metadata":{"finalizers":["a"]},"spec":{"template":{"spec":
                {"containers":[{"name":"a"}],"securityContext":{}}}}})"),
            each.patch);
        ASSERT_FALSE(result) << each.patch;
        EXPECT_EQ(result.error().code, each.code);
        EXPECT_EQ(result.error().message, each.message);
    }
}

/// A random value with the names patches care for.
json::value random_value(std::mt19937& random, int depth) {
    static const char* const kNames[] = {"spec",        "template",
                                         "containers",  "name",
                                         "env",         "$patch",
                                         "metadata",    "finalizers",
                                         "labels",      "$setElementOrder/containers",
                                         "$retainKeys", "$deleteFromPrimitiveList/finalizers"};
    switch (random() % (depth > 0 ? 7 : 4)) {
        case 0:
            return nullptr;
        case 1:
            return static_cast<std::int64_t>(random() % 3);
        case 2:
            return "replace";
        case 3:
            return json::value(kNames[random() % std::size(kNames)]);
        case 4: {
            json::array out;
            for (auto i = random() % 3; i > 0; --i) out.push_back(random_value(random, depth - 1));
            return out;
        }
        default: {
            json::object out;
            for (auto i = random() % 5; i > 0; --i) {
                out[kNames[random() % std::size(kNames)]] = random_value(random, depth - 1);
            }
            return out;
        }
    }
}

TEST(MergePatch, IsAnObject) {
    for (const char* patch : {"\"bar\"", "[]", "5", "true"}) {
        const auto result = apply_merge_patch(json::parse(R"({"a":"foo"})"), patch);

        ASSERT_FALSE(result) << patch;
        EXPECT_EQ(result.error().code, 400);
    }
}

TEST(Patches, SurviveAnyValue) {
    std::mt19937 random(11);
    int done = 0;
    for (int round = 0; round < 5'000; ++round) {
        const auto document = random_value(random, 6);
        const auto patch = json::serialize(random_value(random, 6));
        done += apply_strategic_patch(jobs(), document, patch) ? 1 : 0;
        done += apply_merge_patch(document, patch) ? 1 : 0;
        done += apply_json_patch(document, patch) ? 1 : 0;
    }

    EXPECT_GT(done, 2'000);
}

}  // namespace
}  // namespace dsm::cluster

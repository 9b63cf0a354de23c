// What selectors match, and the words for those that are wrong.
#include "cluster/objects/selector.hpp"

#include <gtest/gtest.h>

#include <random>

namespace dsm::cluster {
namespace {

bool selects(std::string_view selector, std::string_view labels) {
    const auto parsed = LabelSelector::parse(selector);
    EXPECT_TRUE(parsed) << selector << ": " << parsed.error();
    const json::value object =
        json::object{{"metadata", json::object{{"labels", json::parse(labels)}}}};
    return parsed && parsed->matches(object);
}

TEST(LabelSelector, RefusesWithTheServersWords) {
    struct Case {
        std::string_view text;
        std::string_view error;
    };
    const Case cases[] = {
        {"x y", "unable to parse requirement: found 'y', expected: in, notin, =, ==, !=, gt, lt"},
        {"a=b=c", "found '=', expected: ',' or 'end of string'"},
        {"=x", "found '=', expected: !, identifier, or 'end of string'"},
        {"a in b", "unable to parse requirement: found 'b' expected: '('"},
        {"a,", "found '', expected: identifier after ','"},
        {"a in (b", "unable to parse requirement: found '', expected: ',' or ')'"},
    };

    for (const auto& each : cases) {
        const auto parsed = LabelSelector::parse(each.text);
        ASSERT_FALSE(parsed) << each.text;
        EXPECT_EQ(parsed.error(), each.error);
    }
}

TEST(LabelSelector, MatchesAsDocumented) {
    struct Case {
        std::string_view selector;
        std::string_view labels;
        bool expected;
    };
    const Case cases[] = {
        {"", "{}", true},
        {"app=a", R"({"app":"a"})", true},
        {"app==a,team", R"({"app":"a","team":"x"})", true},
        {"app=a", R"({"app":"b"})", false},
        {"app!=a", R"({"app":"a"})", false},
        {"app!=a", "{}", true},
        {"team in (scrum, other),app", R"({"app":"a","team":"scrum"})", true},
        {"team in (scrum)", "{}", false},
        {"app notin (a)", R"({"app":"a"})", false},
        {"app notin (a)", "{}", true},
        {"!app", R"({"app":"a"})", false},
        {"! app", "{}", true},
        {"n>3", R"({"n":"4"})", true},
        {"n<3", R"({"n":"4"})", false},
        {"n>3", R"({"n":"x"})", false},
        {"a=", R"({"a":""})", true},
        {"in in (in)", R"({"in":"in"})", true},
        {"example.com/app=a", R"({"example.com/app":"a"})", true},
    };

    for (const auto& each : cases) {
        EXPECT_EQ(selects(each.selector, each.labels), each.expected)
            << each.selector << " on " << each.labels;
    }
}

TEST(LabelSelector, PrintsItselfSortedByKey) {
    EXPECT_EQ(LabelSelector::parse("z,b!=1,a in (y,x)")->to_string(), "a in (x,y),b!=1,z");
}

TEST(FieldSelector, KnowsTheFieldsOfEachKind) {
    struct Case {
        std::string_view group;
        std::string_view plural;
        std::string_view text;
        std::string_view error;
    };
    const Case cases[] = {
        {"batch", "cronjobs", "spec.schedule=x",
         "\"spec.schedule\" is not a known field selector: only \"metadata.name\", "
         "\"metadata.namespace\""},
        {"batch", "jobs", "x=y", "field label \"x\" not supported for Job"},
        {"", "events", "x=y", "field label not supported: x"},
        {"batch", "cronjobs", "metadata.name",
         "invalid selector: 'metadata.name'; can't understand "
         "'metadata.name'"},
        {"batch", "jobs", "status.successful=1", ""},
        {"", "events", "involvedObject.uid=1,reason!=x", ""},
        {"", "namespaces", "status.phase=Active", ""},
    };

    for (const auto& each : cases) {
        const auto parsed =
            FieldSelector::parse(*find_resource(each.group, "v1", each.plural), each.text);
        EXPECT_EQ(parsed ? "" : parsed.error(), each.error);
    }
}

TEST(FieldSelector, MatchesValuesAndTheirAbsence) {
    const auto& events = *find_resource("", "v1", "events");
    const auto event = json::parse(
        R"({"metadata":{"name":"e"},"involvedObject":{"kind":"CronJob","name":"x"},"reason":"R",
            "source":{"component":"c"}})");

    EXPECT_TRUE(
        FieldSelector::parse(events, "involvedObject.kind=CronJob,reason!=Q")->matches(event));
    EXPECT_TRUE(FieldSelector::parse(events, "involvedObject.uid=")->matches(event));
    EXPECT_TRUE(FieldSelector::parse(events, "source=c")->matches(event));
    EXPECT_FALSE(FieldSelector::parse(events, "involvedObject.name=y")->matches(event));
    EXPECT_EQ(FieldSelector::parse(events, "metadata.name=e")->required_name(), "e");
}

TEST(Selectors, SurviveRandomText) {
    std::mt19937 random(3);
    constexpr std::string_view kAlphabet = "ab=!,()<> in\\/.\t-0";
    const auto& type = *find_resource("batch", "v1", "jobs");
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (auto length = random() % 20; length > 0; --length) {
            text += kAlphabet[random() % kAlphabet.size()];
        }
        refused += parse_selection(type, text, text) ? 0 : 1;
    }

    EXPECT_GT(refused, 1'000);
}

}  // namespace
}  // namespace dsm::cluster

// ObjectReader and QueryReader: every scalar, in form and in value.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "libs/http/body.hpp"

namespace dsm::http {
namespace {

namespace json = boost::json;

/// Reads the field `x` of `body` with `read` and gives what it returned, or the error's type.
template <class Read>
std::string outcome(std::string_view body, Read read) {
    const json::value value = json::parse(body);
    std::vector<FieldError> errors;
    ObjectReader reader(value, errors);
    const auto result = read(reader);
    if (errors.empty()) return result ? fmt::format("{}", *result) : "absent";
    EXPECT_EQ(errors.size(), 1u) << body;
    EXPECT_FALSE(result) << body;
    EXPECT_EQ(json::serialize(json::array(errors[0].loc.begin(), errors[0].loc.end())),
              R"(["body","x"])");
    return errors[0].type;
}

TEST(ObjectReader, IntegersAreLenientInFormAndStrictInValue) {
    const auto read = [](ObjectReader& r) {
        return r.integer("x", Presence::kRequired, {.min = 1, .max = 12});
    };
    const std::vector<std::pair<std::string, std::string>> rows{
        {R"({"x":7})", "7"},
        {R"({"x":"7"})", "7"},
        {R"({"x":7.0})", "7"},
        {R"({"x":" +7 "})", "7"},
        {R"({"x":0})", "greater_than_equal"},
        {R"({"x":"-99999999999999999999"})", "greater_than_equal"},
        {R"({"x":13})", "less_than_equal"},
        {R"({"x":18446744073709551615})", "less_than_equal"},
        {R"({"x":1e300})", "less_than_equal"},
        {R"({"x":"99999999999999999999"})", "less_than_equal"},
        {R"({"x":7.5})", "int_from_float"},
        {R"({"x":"7.5"})", "int_parsing"},
        {R"({"x":"seven"})", "int_parsing"},
        {R"({"x":""})", "int_parsing"},
        {R"({"x":true})", "int_type"},
        {R"({"x":null})", "int_type"},
        {R"({"x":[7]})", "int_type"},
        {R"({})", "missing"},
    };

    for (const auto& [body, expected] : rows) EXPECT_EQ(outcome(body, read), expected) << body;
}

TEST(ObjectReader, BooleansTakeTheWordsOfTheContract) {
    const auto read = [](ObjectReader& r) { return r.boolean("x", Presence::kRequired); };

    for (const char* yes : {"true", "1", R"("true")", R"("yes")", R"("on")", R"("True")"}) {
        EXPECT_EQ(outcome(fmt::format(R"({{"x":{}}})", yes), read), "true") << yes;
    }
    for (const char* no : {"false", "0", R"("false")", R"("no")", R"("off")", R"("OFF")"}) {
        EXPECT_EQ(outcome(fmt::format(R"({{"x":{}}})", no), read), "false") << no;
    }
    for (const char* bad : {"2", "0.5", R"("maybe")", R"("")", "null", "[]", "{}"}) {
        EXPECT_EQ(outcome(fmt::format(R"({{"x":{}}})", bad), read), "bool_parsing") << bad;
    }
}

TEST(ObjectReader, OnlyStringsAreText) {
    const auto read = [](ObjectReader& r) { return r.text("x", Presence::kRequired, kIdRule); };
    const std::string longest(255, 'x');
    const std::vector<std::pair<std::string, std::string>> rows{
        {R"({"x":"P1"})", "P1"},
        {R"({"x":")" + longest + "\"}", longest},
        {R"({"x":")" + longest + "x\"}", "string_too_long"},
        {R"({"x":""})", "string_too_short"},
        {R"({"x":7})", "string_type"},
        {R"({"x":null})", "string_type"},
        {R"({"x":"a/b"})", "value_error"},
        {R"({"x":"a\nb"})", "value_error"},
        {R"({"x":"a\u0000b"})", "value_error"},
        {R"({"x":"a\u0085b"})", "value_error"},
    };

    for (const auto& [body, expected] : rows) EXPECT_EQ(outcome(body, read), expected) << body;
}

TEST(ObjectReader, LengthIsCountedInCharacters) {
    std::string longest;
    for (int i = 0; i < 255; ++i) longest += "\xc3\xa9";
    const auto read = [](ObjectReader& r) { return r.text("x", Presence::kRequired, kIdRule); };

    EXPECT_EQ(outcome("{\"x\":\"" + longest + "\"}", read), longest);
}

TEST(ObjectReader, DatesHaveOneForm) {
    const auto read = [](ObjectReader& r) -> std::optional<std::string> {
        const auto date = r.date("x", Presence::kRequired);
        return date ? std::optional(format_date(*date)) : std::nullopt;
    };

    EXPECT_EQ(outcome(R"({"x":"2025-08-31"})", read), "2025-08-31");
    for (const char* bad : {R"("2025-02-30")", R"("31.08.2025")", "20250831", "null", R"("")"}) {
        EXPECT_EQ(outcome(fmt::format(R"({{"x":{}}})", bad), read), "date_from_datetime_parsing")
            << bad;
    }
}

TEST(ObjectReader, ANullIsAbsentWhereAFieldIsOptional) {
    const json::value body = json::parse(R"({"x":null})");
    std::vector<FieldError> errors;
    ObjectReader reader(body, errors);

    EXPECT_FALSE(reader.text("x", Presence::kOptional));
    EXPECT_FALSE(reader.integer("x", Presence::kOptional));
    EXPECT_EQ(reader.object("x", Presence::kOptional), nullptr);
    EXPECT_TRUE(errors.empty());
    EXPECT_TRUE(reader.has("x"));
    EXPECT_TRUE(reader.is_null("x"));
    EXPECT_EQ(reader.object("x", Presence::kRequired), nullptr);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].type, "dict_type");
}

TEST(ObjectReader, ReportsEveryErrorOfABodyAtOnceAndInOrder) {
    const json::value body = json::parse(R"({"name":7,"tags":["a",1,"b",null],"map":[]})");
    std::vector<FieldError> errors;
    ObjectReader reader(body, errors);

    reader.text("id", Presence::kRequired);
    reader.text("name", Presence::kRequired);
    reader.texts("tags", Presence::kRequired);
    reader.object("map", Presence::kRequired);
    reader.reject("name", "no such name");

    EXPECT_EQ(json::parse(validation_error(errors).body), json::parse(R"({"detail":[
        {"type":"missing","loc":["body","id"],"msg":"Field required",
         "input":{"name":7,"tags":["a",1,"b",null],"map":[]}},
        {"type":"string_type","loc":["body","name"],
         "msg":"Input should be a valid string","input":7},
        {"type":"string_type","loc":["body","tags",1],
         "msg":"Input should be a valid string","input":1},
        {"type":"string_type","loc":["body","tags",3],
         "msg":"Input should be a valid string","input":null},
        {"type":"dict_type","loc":["body","map"],
         "msg":"Input should be a valid dictionary","input":[]},
        {"type":"value_error","loc":["body","name"],"msg":"Value error, no such name","input":7,
         "ctx":{"error":"no such name"}}]})"));
}

TEST(ObjectReader, ASmallBodyCannotAskForAHugeAnswer) {
    const json::value body = json::object{{"tags", json::array(100'000, 1)}};
    std::vector<FieldError> errors;
    ObjectReader reader(body, errors);

    EXPECT_FALSE(reader.texts("tags", Presence::kRequired));

    EXPECT_EQ(errors.size(), kErrorLimit);
}

TEST(ReadBody, AnAbsentBodyIsMissingOrEmptyAsTheCallerSays) {
    EXPECT_EQ(*read_body({}, Presence::kOptional), json::object());
    const auto refused = read_body({}, Presence::kRequired);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 422);
    EXPECT_EQ(json::parse(refused.error().body),
              json::parse(R"({"detail":[{"type":"missing","loc":["body"],)"
                          R"("msg":"Field required","input":null}]})"));
}

TEST(ReadBody, OnlyAnObjectIsABody) {
    for (const char* body : {"null", "[]", "7", "\"x\""}) {
        const auto refused = read_body({.body = body}, Presence::kOptional);
        ASSERT_FALSE(refused) << body;
        EXPECT_NE(refused.error().body.find("model_attributes_type"), std::string::npos) << body;
    }
    EXPECT_EQ(read_body({.body = "{"}, Presence::kOptional).error().status, 422);
    EXPECT_EQ(*read_body({.body = "{\"a\":1}"}, Presence::kRequired), json::parse("{\"a\":1}"));
}

TEST(QueryReader, ReadsParametersWithTheScalarsOfBodies) {
    const Query query = *Query::parse("n=7&flag=on&day=2025-08-31&limit=100000&text=a%20b+c&n=8");
    std::vector<FieldError> errors;
    QueryReader reader(query, errors);

    EXPECT_EQ(reader.integer("n", Presence::kRequired), 8);
    EXPECT_EQ(reader.boolean("flag", Presence::kRequired), true);
    EXPECT_EQ(reader.date("day", Presence::kRequired), parse_date("2025-08-31"));
    EXPECT_EQ(reader.limit(), 100'000);
    EXPECT_EQ(reader.text("text", Presence::kRequired), "a b c");
    EXPECT_EQ(reader.text("other", Presence::kOptional), std::nullopt);
    EXPECT_TRUE(errors.empty());
}

TEST(QueryReader, ErrorsNameTheParameter) {
    const Query query = *Query::parse("limit=0&day=tomorrow&text=a%00b");
    std::vector<FieldError> errors;
    QueryReader reader(query, errors);

    reader.limit();
    reader.date("day", Presence::kRequired);
    reader.text("text", Presence::kRequired);
    reader.text("gone", Presence::kRequired);

    std::vector<std::string> found;
    for (const FieldError& error : errors) {
        found.push_back(error.type + " " +
                        json::serialize(json::array(error.loc.begin(), error.loc.end())));
    }
    EXPECT_EQ(found, (std::vector<std::string>{R"(greater_than_equal ["query","limit"])",
                                               R"(date_from_datetime_parsing ["query","day"])",
                                               R"(value_error ["query","text"])",
                                               R"(missing ["query","gone"])"}));
}

}  // namespace
}  // namespace dsm::http

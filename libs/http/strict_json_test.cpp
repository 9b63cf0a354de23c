// parse_json(): what the strict reader refuses, and where.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "libs/http/body.hpp"

namespace dsm::http {
namespace {

namespace json = boost::json;

/// The offset of the json_invalid error of `text`, or -1 when it was taken.
std::int64_t invalid_at(std::string_view text) {
    const auto parsed = parse_json(text);
    if (parsed) return -1;
    EXPECT_EQ(parsed.error().type, "json_invalid");
    EXPECT_EQ(parsed.error().msg, "JSON decode error");
    EXPECT_EQ(parsed.error().loc.at(0), "body");
    return parsed.error().loc.at(1).as_int64();
}

TEST(ParseJson, RefusesWhatIsNotExactlyOneJsonText) {
    struct Row {
        std::string what;
        std::string text;
        std::int64_t offset;
    };
    const std::vector<Row> rows{
        {.what = "no value", .text = "  ", .offset = 2},
        {.what = "a bare word", .text = "{\"a\": nope}", .offset = 6},
        {.what = "bytes after the value", .text = "{} x", .offset = 3},
        {.what = "two values", .text = "1 2", .offset = 2},
        {.what = "a value cut short", .text = "{\"a\":", .offset = 5},
        {.what = "a single quote", .text = "{'a':1}", .offset = 1},
        {.what = "a trailing comma", .text = "[1,]", .offset = 3},
        {.what = "a comment", .text = "/**/1", .offset = 0},
        {.what = "NaN", .text = "NaN", .offset = 0},
        {.what = "a byte order mark", .text = "\xEF\xBB\xBF{}", .offset = 0},
    };

    for (const Row& row : rows) EXPECT_EQ(invalid_at(row.text), row.offset) << row.what;
}

TEST(ParseJson, RefusesKeysThatRepeatAtAnyDepth) {
    EXPECT_GE(invalid_at(R"({"a":1,"a":2})"), 0);
    EXPECT_GE(invalid_at(R"({"a":1,"\u0061":2})"), 0);
    EXPECT_GE(invalid_at(R"([{"x":{"k":1,"j":2,"k":3}}])"), 0);
    EXPECT_EQ(invalid_at(R"({"a":{"a":{"a":1}},"b":{"a":1}})"), -1);
}

TEST(ParseJson, RefusesNumbersThatOverflow) {
    EXPECT_GE(invalid_at("1e999"), 0);
    EXPECT_GE(invalid_at("{\"a\":-1e400}"), 0);
    EXPECT_GE(invalid_at("1" + std::string(400, '0')), 0);
    EXPECT_GE(invalid_at("1e99999999999999999999"), 0);
    EXPECT_EQ(invalid_at("1e308"), -1);
    EXPECT_EQ(invalid_at("1e-999"), -1);
}

TEST(ParseJson, TakesSixtyFourLevelsAndNoMore) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };

    EXPECT_EQ(invalid_at(nested(64)), -1);
    EXPECT_GE(invalid_at(nested(65)), 0);
    EXPECT_GE(invalid_at(std::string(10'000, '[')), 0);
    EXPECT_GE(invalid_at(std::string(500'000, '{')), 0);
}

TEST(ParseJson, RefusesBytesThatAreNotUtf8) {
    EXPECT_GE(invalid_at("\"\xff\""), 0);
    EXPECT_GE(invalid_at("\"\xc0\x80\""), 0);
    EXPECT_GE(invalid_at("\"\xed\xa0\x80\""), 0);
    EXPECT_GE(invalid_at(R"("\ud800")"), 0);
    EXPECT_EQ(invalid_at("\"\xf0\x9f\x98\x80\""), -1);
}

TEST(ParseJson, KeepsEveryValueAsItWas) {
    const std::string text =
        R"({"text":"a\u0000\"\\\n\u00e9","list":[1,-2,3.5,true,false,null,18446744073709551615],)"
        R"("empty":{},"nested":{"a":[{"b":[]}]}})";

    EXPECT_EQ(*parse_json(text), json::parse(text));
}

TEST(ParseJson, AnObjectOfManyKeysIsReadInOneSweep) {
    std::string text = "{";
    for (int i = 0; i < 50'000; ++i) text += fmt::format("\"k{}\":{},", i, i);
    const std::string unique = text + "\"last\":0}";
    const std::string repeated = text + "\"k7\":0}";

    EXPECT_EQ(parse_json(unique)->as_object().size(), 50'001u);
    EXPECT_GE(invalid_at(repeated), 0);
}

}  // namespace
}  // namespace dsm::http

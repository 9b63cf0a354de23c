#include "libs/http/body.hpp"

#include <gtest/gtest.h>

namespace dsm::http {
namespace {

namespace json = boost::json;

struct NotJson {
    const char* sentence;
    std::string text;
    std::int64_t offset;
};

TEST(StrictJson, RefusesWhatIsNoJsonAndSaysWhere) {
    const std::vector<NotJson> rows{
        {"nothing", "", 0},
        {"a cut-off object", R"({"a":)", 5},
        {"bytes behind the value", "{} x", 3},
        {"a number that overflows", R"({"a":1e999})", 10},
        {"a doubled key", R"({"a":1,"b":{"c":1,"c":2}})", 20},
        {"a key doubled by an escape", R"({"a":1,"\u0061":2})", 15},
        {"a byte that is no UTF-8", "\"\xff\"", 1},
        {"nesting deeper than 64", std::string(65, '[') + std::string(65, ']'), 64},
        {"nesting 10 000 deep", std::string(10'000, '['), 64},
        {"a comment", "/* */ {}", 0},
        {"NaN", "NaN", 0},
    };
    for (const NotJson& row : rows) {
        const auto parsed = parse_json(row.text);
        ASSERT_FALSE(parsed) << row.sentence;
        EXPECT_EQ(parsed.error().type, "json_invalid") << row.sentence;
        EXPECT_EQ(parsed.error().msg, "JSON decode error") << row.sentence;
        EXPECT_NEAR(static_cast<double>(parsed.error().loc.at(1).as_int64()),
                    static_cast<double>(row.offset), 2)
            << row.sentence;
    }
}

TEST(StrictJson, TakesWhatIsJson) {
    EXPECT_EQ(parse_json(R"( {"a":[1,"x",null,true,1.5]} )")->at("a").as_array().size(), 5U);
    EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')));
    EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])"));
}

json::array errors_of(const std::vector<FieldError>& errors) {
    return json::parse(validation_error(errors).body).at("detail").as_array();
}

TEST(ObjectReader, ReportsAllErrorsAtOnceEachWithItsPlace) {
    const json::value body = json::parse(
        R"({"name":7,"count":"x","half":1.5,"flag":"maybe","day":"2025-02-30","list":{},)"
        R"("ids":["a",1],"big":1000})");
    std::vector<FieldError> errors;
    ObjectReader reader(body, errors);

    reader.text("id", Presence::kRequired, kIdRule);
    reader.text("name", Presence::kRequired);
    reader.integer("count", Presence::kRequired);
    reader.integer("half", Presence::kRequired);
    reader.boolean("flag", Presence::kOptional);
    reader.date("day", Presence::kOptional);
    reader.array("list", Presence::kOptional);
    reader.texts("ids", Presence::kOptional);
    reader.integer("big", Presence::kOptional, {1, 12});

    std::vector<std::string> types;
    for (const json::value& item : errors_of(errors))
        types.emplace_back(item.at("type").as_string());
    EXPECT_EQ(types,
              (std::vector<std::string>{"missing", "string_type", "int_parsing", "int_from_float",
                                        "bool_parsing", "date_from_datetime_parsing", "list_type",
                                        "string_type", "less_than_equal"}));
    EXPECT_EQ(errors_of(errors).at(0).at("msg").as_string(), "Field required");
    EXPECT_EQ(errors_of(errors).at(0).at("loc"), (json::array{"body", "id"}));
    EXPECT_EQ(errors_of(errors).at(7).at("loc"), (json::array{"body", "ids", 1}));
    EXPECT_EQ(errors_of(errors).at(8).at("ctx"), (json::object{{"le", 12}}));
}

TEST(ObjectReader, TakesTheLenientScalars) {
    const json::value body = json::parse(
        R"({"a":7,"b":"7","c":7.0,"d":1,"e":"Off","f":"yes","g":null,"h":"2024-02-29"})");
    std::vector<FieldError> errors;
    ObjectReader reader(body, errors);

    EXPECT_EQ(reader.integer("a", Presence::kRequired), 7);
    EXPECT_EQ(reader.integer("b", Presence::kRequired), 7);
    EXPECT_EQ(reader.integer("c", Presence::kRequired), 7);
    EXPECT_EQ(reader.boolean("d", Presence::kRequired), true);
    EXPECT_EQ(reader.boolean("e", Presence::kRequired), false);
    EXPECT_EQ(reader.boolean("f", Presence::kRequired), true);
    EXPECT_EQ(reader.text("g", Presence::kOptional), std::nullopt);
    EXPECT_EQ(format_date(*reader.date("h", Presence::kRequired)), "2024-02-29");
    EXPECT_TRUE(errors.empty());
}

TEST(ObjectReader, RefusesNumbersBeyondAnyRangeByTheirSide) {
    const json::value body = json::parse(
        R"({"a":1e300,"b":-1e300,"c":18446744073709551615,"d":"99999999999999999999"})");
    std::vector<FieldError> errors;
    ObjectReader reader(body, errors);

    for (const char* name : {"a", "b", "c", "d"}) reader.integer(name, Presence::kRequired);

    ASSERT_EQ(errors.size(), 4U);
    EXPECT_EQ(errors[0].type, "less_than_equal");
    EXPECT_EQ(errors[1].type, "greater_than_equal");
    EXPECT_EQ(errors[2].type, "less_than_equal");
    EXPECT_EQ(errors[3].type, "less_than_equal");
}

TEST(ObjectReader, AnIdIsShortAndPlain) {
    struct Row {
        std::string id;
        const char* type;
    };
    const std::vector<Row> rows{{"", "string_too_short"},
                                {std::string(256, 'x'), "string_too_long"},
                                {"a/b", "value_error"},
                                {"a\nb", "value_error"},
                                {std::string("a\0b", 3), "value_error"}};
    for (const Row& row : rows) {
        const json::value body = json::object{{"id", row.id}};
        std::vector<FieldError> errors;
        ObjectReader reader(body, errors);

        EXPECT_FALSE(reader.text("id", Presence::kRequired, kIdRule));
        ASSERT_EQ(errors.size(), 1U);
        EXPECT_EQ(errors[0].type, row.type);
    }
}

TEST(ReadBody, SaysWhatIsWrongWithTheWholeBody) {
    Request request;
    EXPECT_EQ(read_body(request, Presence::kRequired).error().status, 422);
    EXPECT_TRUE(read_body(request, Presence::kOptional)->as_object().empty());

    request.body = "null";
    const json::value answer = json::parse(read_body(request, Presence::kOptional).error().body);
    EXPECT_EQ(answer.at("detail").at(0).at("type").as_string(), "model_attributes_type");
    EXPECT_EQ(answer.at("detail").at(0).at("loc"), (json::array{"body"}));
}

TEST(QueryReader, ReadsTextAsScalars) {
    const Query query = *Query::parse("limit=0&all=true&day=2025-08-31&name=a%20b+c");
    std::vector<FieldError> errors;
    QueryReader reader(query, errors);

    EXPECT_EQ(reader.boolean("all", Presence::kOptional), true);
    EXPECT_EQ(reader.text("name", Presence::kRequired), "a b c");
    EXPECT_TRUE(reader.date("day", Presence::kRequired));
    EXPECT_FALSE(reader.limit());
    reader.date("end", Presence::kRequired);
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_EQ(errors[0].type, "greater_than_equal");
    EXPECT_EQ(errors[1].type, "missing");
}

TEST(Query, RefusesABadEscape) {
    EXPECT_FALSE(Query::parse("a=%zz"));
    EXPECT_FALSE(Query::parse("a=%4"));
    EXPECT_EQ(Query::parse("a=1&a=2")->find("a"), "2");
}

}  // namespace
}  // namespace dsm::http

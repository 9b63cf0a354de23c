// Ids at the door: what is one, and every way not to be one.
#include "libs/base/identifier.hpp"

#include <gtest/gtest.h>

namespace dsm {
namespace {

TEST(Identifier, AcceptsWhatTheContractAllows) {
    for (const std::string& text :
         {std::string("P1"), std::string("a b"), std::string("'; DROP"), std::string(".."),
          std::string("Größe-日本"), std::string("\xF0\x9F\x9A\x80"), std::string(255, 'x')}) {
        EXPECT_TRUE(is_valid_id(text)) << text;
    }
}

TEST(Identifier, CountsCharactersAndNotBytes) {
    std::string text;
    for (int i = 0; i < 255; ++i) text += "é";

    EXPECT_TRUE(is_valid_id(text));
    EXPECT_FALSE(is_valid_id(text + "é"));
    EXPECT_EQ(count_characters(text), 255U);
}

TEST(Identifier, RefusesWhatCouldSplitALineAPathOrAString) {
    for (const std::string& text :
         {std::string(), std::string("a/b"), std::string("a\nb"), std::string("a\0b", 3),
          std::string("\x7F"), std::string("\xC2\x85"), std::string(256, 'x')}) {
        EXPECT_FALSE(is_valid_id(text)) << text;
    }
}

TEST(Identifier, RefusesBytesThatAreNoUtf8) {
    for (const std::string& text :
         {std::string("\xFF"), std::string("\xC0\xAF"), std::string("\xE0\x80\xAF"),
          std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80"), std::string("\xE2\x82"),
          std::string("a\x80")}) {
        EXPECT_FALSE(is_valid_utf8(text)) << text.size();
        EXPECT_FALSE(is_valid_id(text)) << text.size();
    }
}

TEST(IsUuid, KnowsTheFormAndNothingElse) {
    EXPECT_TRUE(is_uuid("1e0edcc1-2069-47ce-a454-6c04d9ff7cf6"));
    EXPECT_TRUE(is_uuid("1E0EDCC1-2069-47CE-A454-6C04D9FF7CF6"));
    for (const char* other :
         {"", "d-1", "1e0edcc1206947cea4546c04d9ff7cf6", "1e0edcc1-2069-47ce-a454-6c04d9ff7cf",
          "1e0edcc1-2069-47ce-a454-6c04d9ff7cf67", "1e0edcc1-2069-47ce-a454-6c04d9ff7cfg",
          "1e0edcc1-2069-47ce-a454_6c04d9ff7cf6"}) {
        EXPECT_FALSE(is_uuid(other)) << other;
    }
}

}  // namespace
}  // namespace dsm

// Dates, instants and digests: what is read, what is refused, and what comes back.
#include <gtest/gtest.h>

#include "libs/base/digest.hpp"
#include "libs/base/time.hpp"

namespace dsm {
namespace {

using namespace std::chrono_literals;

TEST(Time, ADateIsReadOnlyInItsOneForm) {
    EXPECT_EQ(format_date(*parse_date("2024-02-29")), "2024-02-29");
    for (const char* text : {"", "2025-02-29", "2025-13-01", "2025-1-01", "20250101", "2025-01-01Z",
                             "2025-01-0a", "0000-01-01"}) {
        EXPECT_FALSE(parse_date(text)) << text;
    }
}

TEST(Time, AnInstantIsReadWithAnyOffsetAndWrittenInUtc) {
    EXPECT_EQ(format_rfc3339(*parse_rfc3339("2025-08-31T14:05:00Z")), "2025-08-31T14:05:00Z");
    EXPECT_EQ(format_rfc3339(*parse_rfc3339("2025-09-01T00:05:00+10:00")), "2025-08-31T14:05:00Z");
    EXPECT_EQ(format_rfc3339_micros(*parse_rfc3339("2025-08-31T14:05:00.1234567Z")),
              "2025-08-31T14:05:00.123456Z");
    for (const char* text : {"2025-08-31", "2025-08-31T14:05:00", "2025-08-31T24:05:00Z",
                             "2025-08-31T14:05:00.Z", "2025-08-31T14:05:00+1:00"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

TEST(Time, HttpDatesNameTheDay) {
    EXPECT_EQ(format_http_date(*parse_rfc3339("2025-08-31T14:05:00Z")),
              "Sun, 31 Aug 2025 14:05:00 GMT");
}

TEST(Digest, Base64GoesThereAndBack) {
    for (std::string bytes : {"a", "ab", "abc", "abcd"}) {
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    }
    EXPECT_EQ(base64_decode("!!!!"), "");
}

TEST(Digest, Sha256IsTheStandardOne) {
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, MakesTheSameUuidOfTheSameText) {
    const std::string uuid = uuid_of("one");

    EXPECT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid, uuid_of("one"));
    EXPECT_NE(uuid, uuid_of("two"));
    EXPECT_EQ(uuid[8], '-');
    EXPECT_EQ(uuid[14], '8');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
}

}  // namespace
}  // namespace dsm

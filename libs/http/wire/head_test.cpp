#include "libs/http/wire/head.hpp"

#include <gtest/gtest.h>

namespace dsm::http {
namespace {

/// What the scanner says of `text` when it arrives byte by byte: the head's size, minus the status
/// it refuses with, or 0 when it wants more.
int scanned(std::string_view text, std::size_t limit = 64) {
    HeadScanner scanner(limit);
    for (std::size_t size = 1; size <= text.size(); ++size) {
        const auto end = scanner.scan(text.substr(0, size));
        if (!end) return -end.error().status;
        if (*end > 0) return static_cast<int>(*end);
    }
    return 0;
}

TEST(HeadScanner, FindsTheEndHoweverTheBytesArrive) {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    EXPECT_EQ(scanned(head), static_cast<int>(head.size()));
    EXPECT_EQ(*HeadScanner(64).scan(head + "body\n"), head.size());
    EXPECT_EQ(scanned("GET / HTTP/1.1\r\nHost: a\r\n"), 0);
}

TEST(HeadScanner, RefusesABareLineFeedAtOnce) {
    EXPECT_EQ(scanned("GET / HTTP/1.1\nHost: a\n\n"), -400);
    EXPECT_EQ(scanned("GET / HTTP/1.1\r\nHost: a\n\r\n"), -400);
    EXPECT_EQ(scanned("GET / HTTP/1.1\r\nHost: a\r\n\n"), -400);
    EXPECT_EQ(scanned("\n"), -400);
    EXPECT_EQ(scanned("\r\n\r\n"), -400);
}

TEST(HeadScanner, RefusesAtOnceWhatCannotBeAMethod) {
    EXPECT_EQ(scanned("\x16\x03\x01"), -400);
    EXPECT_EQ(scanned(" GET / HTTP/1.1\r\n"), -400);
}

TEST(HeadScanner, TellsALongTargetFromLongFields) {
    const std::string long_target = "GET /" + std::string(100, 'x') + " HTTP/1.1\r\n";

    EXPECT_EQ(scanned(long_target), -414);
    EXPECT_EQ(-HeadScanner(64).scan(long_target).error().status, -414);
    EXPECT_EQ(scanned("GET / HTTP/1.1\r\nA: " + std::string(100, 'x')), -431);
    EXPECT_EQ(scanned("GET / HTTP/1.1\r\nA: " + std::string(100, 'x') + "\r\n\r\n"), -431);
    EXPECT_EQ(scanned(std::string(100, 'x')), -400);
    EXPECT_EQ(-HeadScanner(64)
                   .scan("GET / HTTP/1.1\r\nA: " + std::string(100, 'x') + "\r\n\r\n")
                   .error()
                   .status,
              -431);
}

TEST(HeadScanner, TakesAHeadOfExactlyTheLimit) {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    EXPECT_EQ(scanned(head, head.size()), static_cast<int>(head.size()));
    EXPECT_EQ(scanned(head, head.size() - 1), -431);
}

TEST(RequestHead, IsTakenApart) {
    const auto head = parse_request_head(
        "PATCH /a?b HTTP/1.0\r\nHost:a\r\nX-Empty:\r\nX-Padded: \t a b \t\r\n\r\n");

    ASSERT_TRUE(head);
    EXPECT_EQ(head->method, "PATCH");
    EXPECT_EQ(head->target, "/a?b");
    EXPECT_EQ(head->minor_version, 0);
    EXPECT_EQ(head->headers.find("host"), "a");
    EXPECT_EQ(head->headers.find("x-empty"), "");
    EXPECT_EQ(head->headers.find("x-padded"), "a b");
}

TEST(RequestHead, RefusesWhatTwoParsersCouldReadDifferently) {
    struct Row {
        std::string what;
        std::string head;
    };
    const std::string line = "GET / HTTP/1.1\r\n";
    const std::vector<Row> rows{
        {.what = "no version", .head = "GET /\r\n\r\n"},
        {.what = "two spaces", .head = "GET  / HTTP/1.1\r\n\r\n"},
        {.what = "HTTP/2", .head = "GET / HTTP/2.0\r\n\r\n"},
        {.what = "HTTP/0.9's cousin", .head = "GET / HTTP/1.10\r\n\r\n"},
        {.what = "a lower-case version", .head = "GET / http/1.1\r\n\r\n"},
        {.what = "a method that is no token", .head = "G(T / HTTP/1.1\r\n\r\n"},
        {.what = "a long method", .head = std::string(33, 'G') + " / HTTP/1.1\r\n\r\n"},
        {.what = "white space before a colon", .head = line + "Host : a\r\n\r\n"},
        {.what = "obsolete folding", .head = line + "A: b\r\n c\r\n\r\n"},
        {.what = "folding of the first field", .head = line + " A: b\r\n\r\n"},
        {.what = "a line without a colon", .head = line + "Host\r\n\r\n"},
        {.what = "an empty name", .head = line + ": b\r\n\r\n"},
        {.what = "a NUL in a name", .head = line + std::string("A\0: b\r\n\r\n", 9)},
        {.what = "a NUL in a value", .head = line + std::string("A: b\0c\r\n\r\n", 10)},
        {.what = "a bare carriage return", .head = line + "A: b\rc\r\n\r\n"},
        {.what = "DEL in a value", .head = line + "A: \x7f\r\n\r\n"},
    };

    for (const Row& row : rows) {
        const auto head = parse_request_head(row.head);
        ASSERT_FALSE(head) << row.what;
        EXPECT_EQ(head.error().status, 400) << row.what;
    }
}

TEST(RequestHead, OfMoreThanAHundredFieldsIsTooLarge) {
    std::string fields;
    for (int i = 0; i < 100; ++i) fields += "A: b\r\n";

    EXPECT_TRUE(parse_request_head("GET / HTTP/1.1\r\n" + fields + "\r\n"));
    EXPECT_EQ(parse_request_head("GET / HTTP/1.1\r\n" + fields + "A: b\r\n\r\n").error().status,
              431);
}

TEST(ResponseHead, IsTakenApartOrRefused) {
    const auto head = parse_response_head("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n");

    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 404);
    EXPECT_EQ(head->headers.find("a"), "b");
    EXPECT_EQ(parse_response_head("HTTP/1.0 200\r\n\r\n")->status, 200);
    for (const char* bad : {"HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "\r\n\r\n",
                            "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
                            "ICY 200 OK\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 +20 OK\r\n\r\n"}) {
        EXPECT_FALSE(parse_response_head(bad)) << bad;
    }
}

}  // namespace
}  // namespace dsm::http

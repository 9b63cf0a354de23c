#include "libs/http/wire/target.hpp"

#include <gtest/gtest.h>

#include "libs/http/wire/caller.hpp"

namespace dsm::http {
namespace {

std::expected<Target, Refused> read(std::string target, std::string_view fields = "Host: a\r\n",
                                    std::string_view method = "GET", int minor_version = 1) {
    RequestHead head = *parse_request_head(
        fmt::format("{} /x HTTP/1.{}\r\n{}\r\n", method, minor_version, fields));
    head.target = std::move(target);
    return read_target(head);
}

TEST(Target, SegmentsAreDecodedOnceAndStayWhereTheyAre) {
    using Segments = std::vector<std::string>;

    EXPECT_EQ(read("/")->segments, Segments{""});
    EXPECT_EQ(read("/a/b%20c")->segments, (Segments{"a", "b c"}));
    EXPECT_EQ(read("/a%2Fb")->segments, Segments{"a/b"});
    EXPECT_EQ(read("/a%252Fb")->segments, Segments{"a%2Fb"});
    EXPECT_EQ(read("/a/../b")->segments, (Segments{"a", "..", "b"}));
    EXPECT_EQ(read("/a/%2e%2E/b")->segments, (Segments{"a", "..", "b"}));
    EXPECT_EQ(read("//a/")->segments, (Segments{"", "a", ""}));
    EXPECT_EQ(read("/a%00b")->segments, Segments{std::string("a\0b", 3)});
    EXPECT_EQ(read("/a+b")->segments, Segments{"a+b"});
    EXPECT_EQ(read("/\xc3\xa9")->segments, Segments{"\xc3\xa9"});
    EXPECT_EQ(read("/a?b=c?d/e")->query.find("b"), "c?d/e");
}

TEST(Target, OfAUrlNamesItsHost) {
    EXPECT_EQ(read("http://Evil.example:81/p?q=1", "Host: localhost\r\n")->host, "evil.example:81");
    EXPECT_EQ(read("http://b/p?q=1")->segments, std::vector<std::string>{"p"});
    EXPECT_EQ(read("HTTP://b")->segments, std::vector<std::string>{""});
    EXPECT_EQ(read("http://b?q=1")->query.find("q"), "1");
    EXPECT_FALSE(read("http:///p"));
    EXPECT_FALSE(read("http://user@b/p"));
    EXPECT_FALSE(read("ftp://b/p"));
}

TEST(Target, TheAsteriskIsForOptionsAlone) {
    EXPECT_TRUE(read("*", "Host: a\r\n", "OPTIONS")->segments.empty());
    EXPECT_FALSE(read("*"));
    EXPECT_FALSE(read("a.example:443", "Host: a\r\n", "CONNECT"));
}

TEST(Target, WhatIsNoPathIsRefused) {
    for (const std::string& bad :
         {std::string("a"), std::string("/%"), std::string("/%2"), std::string("/%zz"),
          std::string("/%ff"), std::string("/%c0%80"), std::string("/\xff"), std::string("/a#b"),
          std::string("/a\0b", 4), std::string("/a\tb"), std::string("/\x7f"),
          std::string("/a?b=%"), std::string("/a?b=%ff"), std::string("?a")}) {
        EXPECT_FALSE(read(bad)) << bad;
    }
}

TEST(Target, OneHostIsNeeded) {
    EXPECT_EQ(read("/", "Host: A:80\r\n")->host, "a:80");
    EXPECT_FALSE(read("/", ""));
    EXPECT_FALSE(read("/", "Host: a\r\nHost: a\r\n"));
    EXPECT_FALSE(read("/", "Host:\r\n"));
    EXPECT_FALSE(read("/", "Host: a b\r\n"));
    EXPECT_FALSE(read("/", "Host: a/b\r\n"));
    EXPECT_TRUE(read("/", "", "GET", 0));
}

struct CallerRow {
    std::string host;
    std::optional<std::string> origin;
    bool trusted;
    bool tls = false;
};

TEST(Caller, IsTrustedByHostAndOrigin) {
    const CallerRule rule{.service = "project-service", .allowed_hosts = {"scrum.example", "b:81"}};
    const std::vector<CallerRow> rows{
        {.host = "localhost:8081", .trusted = true},
        {.host = "127.0.0.1", .trusted = true},
        {.host = "127.8.9.1:80", .trusted = true},
        {.host = "[::1]:8081", .trusted = true},
        {.host = "project-service", .trusted = true},
        {.host = "project-service:80", .trusted = true},
        {.host = "project-service.dsm", .trusted = true},
        {.host = "project-service.dsm.svc", .trusted = true},
        {.host = "project-service.team-a.svc.cluster.local:80", .trusted = true},
        {.host = "scrum.example:443", .trusted = true},
        {.host = "b:81", .trusted = true},
        {.host = "b:82", .trusted = false},
        {.host = "", .trusted = false},
        {.host = "evil.example", .trusted = false},
        {.host = "127.0.0.1.evil.example", .trusted = false},
        {.host = "localhost.evil.example", .trusted = false},
        {.host = "project-service.com", .trusted = false},
        {.host = "project-service.evil.example", .trusted = false},
        {.host = "project-service.svc.cluster.local.evil.example", .trusted = false},
        {.host = "project-servicex", .trusted = false},
        {.host = "localhost:8081", .origin = "http://localhost:8081", .trusted = true},
        {.host = "localhost", .origin = "http://localhost:80", .trusted = true},
        {.host = "localhost", .origin = "https://localhost", .trusted = true, .tls = true},
        {.host = "localhost", .origin = "https://localhost", .trusted = false},
        {.host = "localhost:8081", .origin = "http://localhost:3000", .trusted = false},
        {.host = "localhost:8081", .origin = "http://evil.example", .trusted = false},
        {.host = "localhost:8081", .origin = "null", .trusted = false},
        {.host = "localhost:8081", .origin = "", .trusted = false},
        {.host = "evil.example", .origin = "http://evil.example", .trusted = false},
    };

    for (const CallerRow& row : rows) {
        Headers headers;
        if (row.origin) headers.add("Origin", *row.origin);
        EXPECT_EQ(is_trusted_caller(rule, row.host, headers, row.tls), row.trusted)
            << row.host << " " << row.origin.value_or("-");
    }
}

TEST(Caller, EveryOriginOfADoubledFieldCounts) {
    Headers headers;
    headers.add("Origin", "http://localhost");
    headers.add("Origin", "http://evil.example");

    EXPECT_FALSE(is_trusted_caller({.service = "s"}, "localhost", headers, false));
}

}  // namespace
}  // namespace dsm::http

#include "libs/http/wire/framing.hpp"

#include <gtest/gtest.h>

namespace dsm::http {
namespace {

using Kind = Framing::Kind;

std::expected<Framing, Refused> framed(std::string method, std::string_view fields,
                                       int minor_version = 1) {
    const std::string head = fmt::format("{} / HTTP/1.{}\r\n{}\r\n", method, minor_version, fields);
    return framing_of_request(*parse_request_head(head));
}

TEST(Framing, IsSaidByOneFieldOrNone) {
    EXPECT_EQ(framed("GET", "")->kind, Kind::kNone);
    EXPECT_EQ(framed("POST", "")->kind, Kind::kNone);
    EXPECT_EQ(framed("POST", "Content-Length: 0012\r\n")->length, 12u);
    EXPECT_EQ(framed("POST", "Transfer-Encoding: Chunked\r\n")->kind, Kind::kChunked);
    EXPECT_EQ(framed("POST", "Content-Length: 99999999999999999999999\r\n")->length, UINT64_MAX);
}

TEST(Framing, ConflictingOrUnreadableFieldsAreRefused) {
    const std::vector<std::string> rows{
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\ncontent-length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 6\r\n",
        "Content-Length:\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding:\r\n",
    };

    for (const std::string& fields : rows) {
        const auto framing = framed("POST", fields);
        ASSERT_FALSE(framing) << fields;
        EXPECT_EQ(framing.error().status, 400) << fields;
    }
    EXPECT_EQ(framed("POST", "Transfer-Encoding: chunked\r\n", 0).error().status, 400);
}

TEST(Framing, AnOldRequestWithABodyNeedsALength) {
    EXPECT_EQ(framed("POST", "", 0).error().status, 411);
    EXPECT_EQ(framed("PUT", "", 0).error().status, 411);
    EXPECT_EQ(framed("GET", "", 0)->kind, Kind::kNone);
    EXPECT_EQ(framed("POST", "Content-Length: 3\r\n", 0)->length, 3u);
}

TEST(Framing, OfAResponseDependsOnWhatWasAsked) {
    const ResponseHead length =
        *parse_response_head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    const ResponseHead none = *parse_response_head("HTTP/1.1 200 OK\r\n\r\n");
    const ResponseHead empty = *parse_response_head("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n");

    EXPECT_EQ(framing_of_response(length, "GET")->length, 5u);
    EXPECT_EQ(framing_of_response(length, "HEAD")->kind, Kind::kNone);
    EXPECT_EQ(framing_of_response(none, "GET")->kind, Kind::kUntilClose);
    EXPECT_EQ(framing_of_response(empty, "GET")->kind, Kind::kNone);
}

TEST(KeepsAlive, AsTheVersionAndTheFieldSay) {
    Headers close;
    close.add("connection", "Foo, Close");
    Headers keep;
    keep.add("Connection", "Keep-Alive");

    EXPECT_TRUE(keeps_alive(1, {}));
    EXPECT_FALSE(keeps_alive(1, close));
    EXPECT_FALSE(keeps_alive(0, {}));
    EXPECT_TRUE(keeps_alive(0, keep));
}

/// The body of `bytes`, fed in pieces of `piece`; or "refused N", or "incomplete".
std::string decoded(std::string_view bytes, std::size_t piece, std::size_t limit = 20) {
    ChunkedDecoder decoder(limit);
    std::string body;
    while (!bytes.empty() && !decoder.done()) {
        const auto used = decoder.feed(bytes.substr(0, piece), body);
        if (!used) return fmt::format("refused {}", used.error().status);
        bytes.remove_prefix(*used);
    }
    return decoder.done() ? body + (bytes.empty() ? "" : " then " + std::string(bytes))
                          : "incomplete";
}

TEST(ChunkedDecoder, ReadsABodyInAnyPieces) {
    const std::string bytes =
        "5\r\nhello\r\n00A;x=y\r\n, wide wor\r\n2\r\nld\r\n0\r\nA: b\r\n\r\nGET";

    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, bytes.size()}) {
        EXPECT_EQ(decoded(bytes, piece), "hello, wide world then GET") << piece;
    }
}

TEST(ChunkedDecoder, RefusesWhatIsNotChunked) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"g\r\n", "refused 400"},
        {"\r\n", "refused 400"},
        {"-1\r\n", "refused 400"},
        {"0x5\r\nhello\r\n", "refused 400"},
        {" 5\r\nhello\r\n", "refused 400"},
        {"5 \r\nhello\r\n", "refused 400"},
        {"5\nhello\r\n", "refused 400"},
        {"5\r\nhelloX\r\n", "refused 400"},
        {"5\r\nhello\n0\r\n\r\n", "refused 400"},
        {"5;a\rb\r\nhello\r\n", "refused 400"},
        {std::string("5;a\0b\r\nhello\r\n", 14), "refused 400"},
        {"10000000000000000\r\n", "refused 400"},
        {"ffffffffffffffff\r\n", "refused 413"},
        {"15\r\n", "refused 413"},
        {"a\r\n0123456789\r\nb\r\n", "refused 413"},
        {"0\r\nno colon\r\n\r\n", "refused 400"},
        {"0\r\nA : b\r\n\r\n", "refused 400"},
        {"5\r\nhel", "incomplete"},
    };

    for (const auto& [bytes, expected] : rows) {
        EXPECT_EQ(decoded(bytes, 1), expected) << bytes;
        EXPECT_EQ(decoded(bytes, 100), expected) << bytes;
    }
}

TEST(ChunkedDecoder, BoundsWhatIsNotBody) {
    const std::string one_long_line = "1;" + std::string(2000, 'x') + "\r\n";
    std::string many_extensions;
    for (int i = 0; i < 10; ++i) many_extensions += "1;" + std::string(500, 'x') + "\r\na\r\n";
    std::string trailers = "0\r\n";
    for (int i = 0; i < 20; ++i) trailers += "A: " + std::string(500, 'x') + "\r\n";

    EXPECT_EQ(decoded(one_long_line, 4096), "refused 400");
    EXPECT_EQ(decoded(many_extensions, 4096), "refused 400");
    EXPECT_EQ(decoded(trailers, 4096), "refused 431");
    EXPECT_EQ(decoded("0\r\nA: " + std::string(2000, 'x'), 4096), "refused 431");
}

}  // namespace
}  // namespace dsm::http

// A response is read as strictly as a request: a server that frames badly is not trusted further.
#include "libs/http/net/response_reader.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace dsm::http {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kHeadLimit = 64 * 1024;
using Cause = NoResponse::Cause;

bool is_end(const boost::system::error_code& error) {
    return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace

std::unexpected<NoResponse> ResponseReader::failure(Cause cause,
                                                    boost::system::error_code error) const {
    return std::unexpected(NoResponse{.cause = cause, .error = error, .began = began_});
}

asio::awaitable<Transferred> ResponseReader::read_more() {
    const Transferred read = co_await transport_.read_some(block_);
    buffer_.append(block_.data(), read.bytes);
    began_ = began_ || read.bytes > 0;
    co_return read;
}

asio::awaitable<std::expected<ClientResponse, NoResponse>> ResponseReader::read() {
    auto head = co_await read_head();
    while (head && head->status / 100 == 1 && head->status != 101) head = co_await read_head();
    if (!head) co_return std::unexpected(head.error());
    const auto framing = framing_of_response(*head, method_);
    if (!framing || head->status == 101) co_return failure(Cause::kMalformed);
    auto body = co_await read_body(*framing);
    if (!body) co_return std::unexpected(body.error());
    reusable_ = framing->kind != Framing::Kind::kUntilClose && buffer_.empty() &&
                keeps_alive(head->minor_version, head->headers);
    co_return ClientResponse{
        .status = head->status, .headers = std::move(head->headers), .body = std::move(*body)};
}

asio::awaitable<std::expected<ResponseHead, NoResponse>> ResponseReader::read_head() {
    HeadScanner scanner(kHeadLimit);
    while (true) {
        const auto size = scanner.scan(buffer_);
        if (!size) co_return failure(Cause::kMalformed);
        if (*size > 0) {
            auto head = parse_response_head(std::string_view(buffer_).substr(0, *size));
            buffer_.erase(0, *size);
            if (!head) co_return failure(Cause::kMalformed);
            co_return std::move(*head);
        }
        const Transferred read = co_await read_more();
        if (read.error) co_return failure(Cause::kTransport, read.error);
    }
}

asio::awaitable<std::expected<std::string, NoResponse>> ResponseReader::read_body(Framing framing) {
    std::string body;
    ChunkedDecoder decoder(body_limit_);
    if (framing.length > body_limit_) co_return failure(Cause::kTooLarge);
    while (true) {
        if (framing.kind == Framing::Kind::kNone) co_return body;
        if (framing.kind == Framing::Kind::kChunked) {
            const auto used = decoder.feed(buffer_, body);
            if (!used) {
                co_return failure(used.error().status == 413 ? Cause::kTooLarge
                                                             : Cause::kMalformed);
            }
            buffer_.erase(0, *used);
            if (decoder.done()) co_return body;
        } else if (framing.kind == Framing::Kind::kLength && buffer_.size() >= framing.length) {
            body = buffer_.substr(0, static_cast<std::size_t>(framing.length));
            buffer_.erase(0, body.size());
            co_return body;
        } else if (buffer_.size() > body_limit_) {
            co_return failure(Cause::kTooLarge);
        }
        const Transferred read = co_await read_more();
        if (!read.error) continue;
        if (framing.kind == Framing::Kind::kUntilClose && read.error == asio::error::eof) {
            co_return std::move(buffer_);
        }
        co_return failure(is_end(read.error) ? Cause::kMalformed : Cause::kTransport, read.error);
    }
}

}  // namespace dsm::http

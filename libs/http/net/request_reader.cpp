// Deadlines are set per phase, so that a slow sender cannot hold a connection by trickling.
#include "libs/http/net/request_reader.hpp"

#include <boost/asio/error.hpp>

#include "libs/http/wire/text.hpp"

namespace dsm::http {
namespace asio = boost::asio;
namespace {

std::unexpected<NoRequest> refuse(int status) {
    return std::unexpected(NoRequest{status});
}

std::unexpected<NoRequest> gone() {
    return std::unexpected(NoRequest{});
}

}  // namespace

asio::awaitable<Transferred> RequestReader::read_more() {
    const Transferred read = co_await transport_.read_some(block_);
    buffer_.append(block_.data(), read.bytes);
    co_return read;
}

asio::awaitable<bool> RequestReader::read_ahead() {
    const Transferred read = co_await read_more();
    co_return !read.error;
}

asio::awaitable<std::expected<RequestHead, NoRequest>> RequestReader::read_head() {
    HeadScanner scanner(settings_.header_limit);
    const auto set = [&](std::chrono::milliseconds budget) {
        transport_.deadline().set(clock_.steady() + budget);
    };
    bool idle = buffer_.empty();
    set(idle ? settings_.idle_timeout : settings_.head_timeout);
    while (true) {
        // Some clients end a body with a line end too many. Source: RFC 9112 section 2.2.
        if (buffer_.starts_with("\r\n")) buffer_.erase(0, 2);
        const auto size = scanner.scan(buffer_);
        if (!size) co_return refuse(size.error().status);
        if (*size > 0) {
            auto head = parse_request_head(std::string_view(buffer_).substr(0, *size));
            buffer_.erase(0, *size);
            if (!head) co_return refuse(head.error().status);
            co_return std::move(*head);
        }
        const Transferred read = co_await read_more();
        if (read.error) {
            const bool late = read.error == asio::error::timed_out && !idle;
            co_return late ? refuse(408) : gone();
        }
        if (idle) set(settings_.head_timeout);
        idle = false;
    }
}

asio::awaitable<std::expected<std::string, NoRequest>> RequestReader::read_body(RequestHead head,
                                                                                Framing framing) {
    if (framing.kind == Framing::Kind::kNone) co_return std::string();
    if (framing.length > settings_.body_limit) co_return refuse(413);
    transport_.deadline().set(clock_.steady() + settings_.body_timeout);
    const auto invited = co_await invite_body(head, framing);
    if (!invited) co_return std::unexpected(invited.error());
    if (framing.kind == Framing::Kind::kChunked) co_return co_await read_chunked();
    co_return co_await read_sized(static_cast<std::size_t>(framing.length));
}

asio::awaitable<std::expected<void, NoRequest>> RequestReader::invite_body(RequestHead head,
                                                                           Framing framing) {
    const auto expectation = head.headers.find("Expect");
    if (!expectation || head.minor_version == 0) co_return std::expected<void, NoRequest>();
    if (!equal_without_case(*expectation, "100-continue")) co_return refuse(417);
    const bool has_body = framing.kind == Framing::Kind::kChunked || framing.length > 0;
    if (has_body && buffer_.empty()) {
        const Transferred sent = co_await transport_.write("HTTP/1.1 100 Continue\r\n\r\n");
        if (sent.error) co_return gone();
    }
    co_return std::expected<void, NoRequest>();
}

asio::awaitable<std::expected<std::string, NoRequest>> RequestReader::read_sized(std::size_t size) {
    while (buffer_.size() < size) {
        const Transferred read = co_await read_more();
        if (!read.error) continue;
        if (read.error == asio::error::timed_out) co_return refuse(408);
        co_return read.error == asio::error::eof ? refuse(400) : gone();
    }
    // Usually the body is all there is; then its memory goes with it.
    if (buffer_.size() == size) co_return std::exchange(buffer_, {});
    std::string body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    co_return body;
}

asio::awaitable<std::expected<std::string, NoRequest>> RequestReader::read_chunked() {
    ChunkedDecoder decoder(settings_.body_limit);
    std::string body;
    while (true) {
        const auto used = decoder.feed(buffer_, body);
        if (!used) co_return refuse(used.error().status);
        buffer_.erase(0, *used);
        if (decoder.done()) co_return body;
        const Transferred read = co_await read_more();
        if (!read.error) continue;
        if (read.error == asio::error::timed_out) co_return refuse(408);
        co_return read.error == asio::error::eof ? refuse(400) : gone();
    }
}

}  // namespace dsm::http

// Reads one request at a time from a transport, within the limits of the settings.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <string>
#include <variant>

#include "libs/http/net/transport.hpp"
#include "libs/http/server.hpp"
#include "libs/http/wire/framing.hpp"
#include "libs/http/wire/head.hpp"
#include "libs/http/wire/target.hpp"

namespace dsm::http {

/// Why there is no request: a status to refuse with, or 0 when the peer left or was idle too long.
struct NoRequest {
    int status = 0;
};

/// One thread. What was read beyond a request is kept for the next.
class RequestReader {
public:
    RequestReader(Transport& transport, const ServerSettings& settings, const rt::Clock& clock)
        : transport_(transport), settings_(settings), clock_(clock) {}

    /// The next head. 408 when it takes longer than `head_timeout` from its first byte.
    boost::asio::awaitable<std::expected<RequestHead, NoRequest>> read_head();

    /// The body that `framing` announces; 413, 408 and 400 as it comes.
    boost::asio::awaitable<std::expected<std::string, NoRequest>> read_body(RequestHead head,
                                                                            Framing framing);

    /// Waits for bytes while an answer is streamed, and keeps them. False when the peer left.
    boost::asio::awaitable<bool> read_ahead();
    std::size_t buffered() const { return buffer_.size(); }

private:
    boost::asio::awaitable<Transferred> read_more();
    boost::asio::awaitable<std::expected<void, NoRequest>> invite_body(RequestHead head,
                                                                       Framing framing);
    boost::asio::awaitable<std::expected<std::string, NoRequest>> read_sized(std::size_t size);
    boost::asio::awaitable<std::expected<std::string, NoRequest>> read_chunked();

    Transport& transport_;
    const ServerSettings& settings_;
    const rt::Clock& clock_;
    std::array<char, 16 * 1024> block_{};
    std::string buffer_;
};

}  // namespace dsm::http

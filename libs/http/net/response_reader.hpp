// Reads one response from a transport.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <string>

#include "libs/http/client.hpp"
#include "libs/http/net/transport.hpp"
#include "libs/http/wire/framing.hpp"

namespace dsm::http {

/// Why there is no response.
struct NoResponse {
    enum class Cause { kTransport, kMalformed, kTooLarge };
    Cause cause = Cause::kTransport;
    boost::system::error_code error;
    bool began = false;  ///< a byte of the answer had come
};

/// One object a call; the transport's deadline ends it.
class ResponseReader {
public:
    ResponseReader(Transport& transport, std::string method, std::size_t body_limit)
        : transport_(transport), method_(std::move(method)), body_limit_(body_limit) {}

    boost::asio::awaitable<std::expected<ClientResponse, NoResponse>> read();

    /// True when the connection can carry another request after this response.
    bool reusable() const { return reusable_; }

private:
    boost::asio::awaitable<std::expected<ResponseHead, NoResponse>> read_head();
    boost::asio::awaitable<std::expected<std::string, NoResponse>> read_body(Framing framing);
    boost::asio::awaitable<Transferred> read_more();
    std::unexpected<NoResponse> failure(NoResponse::Cause cause,
                                        boost::system::error_code error = {}) const;

    Transport& transport_;
    std::string method_;
    std::size_t body_limit_;
    std::array<char, 16 * 1024> block_{};
    std::string buffer_;
    bool began_ = false;
    bool reusable_ = false;
};

}  // namespace dsm::http

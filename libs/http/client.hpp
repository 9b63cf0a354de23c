// An HTTP/1.1 client with pooled keep-alive connections; every call has a deadline and follows no
// redirect.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/result.hpp"
#include "libs/http/message.hpp"
#include "libs/rt/clock.hpp"

namespace dsm::http {

/// How a TLS server is checked and how we identify ourselves. PEM text.
struct TlsTrust {
    std::string ca_pem;  ///< empty: the system's certificates
    std::string client_certificate_pem;
    std::string client_key_pem;
    std::string server_name;  ///< SNI and name check; empty: the URL's host
    bool insecure_skip_verify = false;

    bool operator==(const TlsTrust&) const = default;
};

struct ClientSettings {
    std::size_t idle_connections_per_host = 16;
    std::size_t connections_per_host = 64;  ///< over: calls wait, within their deadlines
    std::size_t response_body_limit = 8 * 1024 * 1024;  ///< of a neighbour; over: an error
    std::optional<TlsTrust> tls;                        ///< for https URLs
};

struct ClientRequest {
    std::string method = "GET";
    std::string url;  ///< http://host:port/path?query, already escaped
    Headers headers;
    std::string body;
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;
};

/// `text` escaped as one path segment or query value: everything but unreserved characters.
std::string escape(std::string_view text);

/// One client a thread. A call whose connection was refused, or that failed before one byte of it
/// was sent, is kUnavailable; one that failed later is kUnknown, unless the method is GET or HEAD
/// (kUnavailable). An answer over the limit is an error and not read to its end: kInvalid for GET
/// and HEAD, since asking again brings no other. A request on a pooled connection that the server
/// had already closed is sent once more on a new one if no byte of an answer came and the method is
/// idempotent (GET, HEAD, PUT, DELETE).
class Client {
public:
    Client(boost::asio::any_io_executor executor, ClientSettings settings, const rt::Clock& clock);
    ~Client();

    /// Any status is a success here. Messages name what failed and never hold header values.
    boost::asio::awaitable<Result<ClientResponse>> send(ClientRequest request,
                                                        rt::Deadline deadline);

    /// Closes every connection; calls in progress end with kCancelled.
    void close();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace dsm::http

// An HTTP/1.1 server with limits: size, time, connections and pipelining are bounded from the first
// byte.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "libs/http/message.hpp"
#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"
#include "libs/telemetry/metrics.hpp"

namespace dsm::http {

/// PEM text of the server's certificate chain and key.
struct TlsIdentity {
    std::string certificate_pem;
    std::string key_pem;
};

struct ServerSettings {
    std::string service;  ///< for logs and metrics: "project-service"
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any free one
    std::size_t header_limit =
        16 * 1024;  ///< bytes of start line and fields; over: 431 (target over it: 414)
    std::size_t body_limit = 1024 * 1024;  ///< over: 413
    std::size_t connection_limit = 1024;   ///< over: accepted and answered 503, closed
    /// Requests being handled at the same time; over: 503 with Retry-After, nothing was begun.
    /// `/health…` and `/metrics` neither count nor are turned away. 0: no limit.
    std::size_t request_limit = 0;
    std::chrono::milliseconds head_timeout{10'000};  ///< from the first byte; then 408
    std::chrono::milliseconds body_timeout{30'000};  ///< then 408
    std::chrono::milliseconds idle_timeout{60'000};  ///< between requests; then closed
    std::chrono::milliseconds write_timeout{30'000};
    std::chrono::milliseconds handler_timeout{60'000};  ///< becomes Request::deadline
    /// Hosts besides loopback from which a state-changing request is taken (contract section 1).
    std::vector<std::string> allowed_hosts;
    /// Off for servers whose callers never are web pages' scripts with ambient rights (Kubernetes
    /// API).
    bool check_origin = true;
    std::optional<TlsIdentity> tls;
};

/// Framing refusals (contract section 1): 400 for a malformed request, a bad %-escape, no or a
/// doubled Host, conflicting lengths, a length together with chunked; 408, 411, 413, 414, 431, 503;
/// body
/// `{"detail": <reason phrase>}`, and the connection closes. A handler's exception is 500
/// `{"detail":"Internal Server Error"}`, logged with its text. `X-Correlation-ID` and `traceparent`
/// are taken or made, and returned. Adds `Date` from steady-independent wall time.
///
/// Runs on one executor's thread; every function is called from there.
class Server {
public:
    Server(boost::asio::any_io_executor executor, ServerSettings settings, Handler handler,
           const rt::Clock& clock, rt::Random& random, telemetry::Metrics& metrics);
    ~Server();

    /// Binds and listens; the port in use, or kUnavailable with the address ("127.0.0.1:8080 is in
    /// use").
    Result<std::uint16_t> start();

    /// Stops accepting, closes idle connections, waits for answers in progress at most `limit`,
    /// then closes what is left. Idempotent.
    boost::asio::awaitable<void> stop(std::chrono::milliseconds limit);

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace dsm::http

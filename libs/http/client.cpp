// Sends one request over a pooled connection and says what became of it.
#include "libs/http/client.hpp"

#include <boost/asio/error.hpp>

#include "libs/failpoint/failpoint.hpp"
#include "libs/http/net/pool.hpp"
#include "libs/http/net/response_reader.hpp"
#include "libs/http/wire/head.hpp"
#include "libs/http/wire/text.hpp"

namespace dsm::http {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
}

bool only_reads(std::string_view method) {
    return method == "GET" || method == "HEAD";
}

/// The request's bytes before its body, or kInvalid for a field that cannot be sent.
Result<std::string> head_of(const ClientRequest& request, const Url& url) {
    if (!is_token(request.method)) return fail(ErrorCode::kInvalid, "bad method");
    std::string text = fmt::format("{} {} HTTP/1.1\r\n", request.method, url.target);
    if (!request.headers.find("Host")) text += fmt::format("Host: {}\r\n", url.authority);
    const bool has_body =
        request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (has_body || !request.body.empty()) {
        text += fmt::format("Content-Length: {}\r\n", request.body.size());
    }
    for (const auto& [name, value] : request.headers.all()) {
        const bool framing = equal_without_case(name, "Content-Length") ||
                             equal_without_case(name, "Transfer-Encoding");
        if (framing || !is_token(name) || !is_field_value(value)) {
            return fail(ErrorCode::kInvalid, fmt::format("header {} cannot be sent", name));
        }
        text.append(name).append(": ").append(value).append("\r\n");
    }
    return text + "\r\n";
}

std::string reason(const NoResponse& failure, std::size_t body_limit) {
    switch (failure.cause) {
        case NoResponse::Cause::kMalformed:
            return failure.error ? "the answer was cut short" : "the answer is not HTTP";
        case NoResponse::Cause::kTooLarge:
            return fmt::format("the answer is larger than {} bytes", body_limit);
        case NoResponse::Cause::kTransport:
            break;
    }
    if (failure.error == asio::error::timed_out) return "no answer in time";
    if (failure.error == asio::error::eof) return "closed without an answer";
    return failure.error.message();
}

/// True when we ended the call, not the server.
bool is_ours(const error_code& error) {
    return error == asio::error::timed_out || error == asio::error::operation_aborted;
}

const failpoint::Point kBefore("http.client.before");
const failpoint::Point kSent("http.client.sent");
const failpoint::Point kAnswered("http.client.answered");

/// "POST /sprints": the method and the first segment of the path.
std::string failpoint_subject(const ClientRequest& request) {
    const auto scheme = request.url.find("://");
    const auto path = request.url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    if (path == std::string::npos) return request.method + " /";
    const auto end = request.url.find_first_of("/?", path + 1);
    return request.method + " " + request.url.substr(path, end - path);
}

/// Where one attempt failed.
struct Attempt {
    bool sent = false;   ///< at least one byte may have reached the server
    bool stale = false;  ///< a pooled connection that the server had closed already
    NoResponse why;
};

}  // namespace

class Client::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(const asio::any_io_executor& executor, const ClientSettings& settings,
         const rt::Clock& clock)
        : pool_(std::make_shared<Pool>(executor, settings, clock)),
          body_limit_(settings.response_body_limit),
          clock_(clock) {}

    asio::awaitable<Result<ClientResponse>> send(ClientRequest request, rt::Deadline deadline) {
        const auto self = shared_from_this();
        const auto url = parse_url(request.url);
        if (!url) co_return std::unexpected(url.error());
        const auto head = head_of(request, *url);
        if (!head) co_return std::unexpected(head.error());
        if (deadline.passed(clock_)) {
            co_return fail(ErrorCode::kUnavailable, "no time was left for the call");
        }
        Reuse reuse = Reuse::kAllowed;
        while (true) {
            auto lease = co_await pool_->lease(*url, reuse, deadline);
            if (!lease) co_return std::unexpected(lease.error());
            Attempt attempt;
            auto response = co_await exchange(*lease, *head, request, attempt);
            if (response) co_return std::move(*response);
            const bool again = attempt.stale && (!attempt.sent || is_idempotent(request.method));
            if (!again || pool_->closed())
                co_return std::unexpected(classify(*url, request, attempt));
            reuse = Reuse::kForbidden;
        }
    }

    void close() { pool_->close(); }

private:
    asio::awaitable<std::optional<ClientResponse>> exchange(Lease& lease, const std::string& head,
                                                            const ClientRequest& request,
                                                            Attempt& attempt) {
        Transport& transport = lease.transport();
        const std::string subject = failpoint::kCompiledIn ? failpoint_subject(request) : "";
        if (kBefore.hit(subject) != failpoint::Effect::kNone) {
            attempt.why.error = asio::error::connection_refused;
            co_return std::nullopt;
        }
        const Transferred written = co_await transport.write(head, request.body);
        if (written.error) {
            attempt.sent = written.bytes > 0;
            attempt.why.error = written.error;
            attempt.stale = lease.reused() && !is_ours(written.error);
            co_return std::nullopt;
        }
        attempt.sent = true;
        if (kSent.hit(subject) != failpoint::Effect::kNone) co_return lost(attempt);
        ResponseReader reader(transport, request.method, body_limit_);
        auto response = co_await reader.read();
        if (!response) {
            attempt.why = response.error();
            attempt.stale =
                lease.reused() && !attempt.why.began && attempt.why.error != asio::error::timed_out;
            co_return std::nullopt;
        }
        if (kAnswered.hit(subject) != failpoint::Effect::kNone) co_return lost(attempt);
        if (reader.reusable()) lease.keep();
        co_return std::move(*response);
    }

    static std::optional<ClientResponse> lost(Attempt& attempt) {
        attempt.why.error = asio::error::connection_reset;
        return std::nullopt;
    }

    Error classify(const Url& url, const ClientRequest& request, const Attempt& attempt) const {
        if (pool_->closed()) return {ErrorCode::kCancelled, "the client is closed"};
        const bool aborted = attempt.why.error == asio::error::operation_aborted;
        ErrorCode code = ErrorCode::kUnknown;
        if (!attempt.sent || only_reads(request.method)) code = ErrorCode::kUnavailable;
        const bool too_large = attempt.why.cause == NoResponse::Cause::kTooLarge;
        if (too_large && code == ErrorCode::kUnavailable) code = ErrorCode::kInvalid;
        if (aborted) code = ErrorCode::kCancelled;
        return {code, fmt::format("{} {}:{}: {}", request.method, url.host, url.port,
                                  reason(attempt.why, body_limit_))};
    }

    std::shared_ptr<Pool> pool_;
    std::size_t body_limit_;
    const rt::Clock& clock_;
};

Client::Client(asio::any_io_executor executor, ClientSettings settings, const rt::Clock& clock)
    : impl_(std::make_shared<Impl>(executor, settings, clock)) {}

Client::~Client() {
    impl_->close();
}

asio::awaitable<Result<ClientResponse>> Client::send(ClientRequest request, rt::Deadline deadline) {
    return impl_->send(std::move(request), deadline);
}

void Client::close() {
    impl_->close();
}

std::string escape(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    static constexpr std::string_view kUnreserved = "-._~";
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || kUnreserved.find(c) != std::string_view::npos;
        if (plain) {
            escaped += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        escaped += '%';
        escaped += kHex[byte >> 4];
        escaped += kHex[byte & 15];
    }
    return escaped;
}

}  // namespace dsm::http
